/* SPDX-License-Identifier: MIT */
/*
 * What a fault writes and others read. One page of it, which the kernel wipes in a forked child
 * (MADV_WIPEONFORK), so that a child starts with a clean slate without an atfork handler, while a vfork
 * child, sharing the page, sees its parent's pid and keeps its hands off.
 *
 *   owner      the thread that decides about its fault (state/claim.h); kept for ever once 'dying' is set
 *   progress   state of each attempt's helper: RUNNING by the owner, CORE_WRITTEN by the helper, 0 by the
 *              kernel when it is gone
 *   also       threads that faulted meanwhile; each writes its own slot, then publishes it through 'ready'
 */
#ifndef PRELOAD_STATE_FAULT_H
#define PRELOAD_STATE_FAULT_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#include "start/config.h"
#include "base/sys.h"

#define SAFE_ALSO_MAX 128
#define SAFE_ATTEMPTS 2
#define SAFE_EXECS    8 /* threads that call exec at the same time */

enum {
    SAFE_PROGRESS_GONE = 0, /* it ended without finishing */
    SAFE_PROGRESS_RUNNING = 1,
    SAFE_PROGRESS_CORE_WRITTEN = 2,
    SAFE_PROGRESS_FINISHED = 3,
    SAFE_PROGRESS_ELSEWHERE = 4 /* it was born in another PID namespace, where our numbers mean others */
};

struct safe_also {
    _Atomic int ready;
    int tid;
    int signo;
    uint64_t addr;
    const ucontext_t *context;
    uint64_t fs_base;
};

struct safe_state {
    _Atomic int pid; /* 0: a forked child that has not faulted yet */
    _Atomic int owner;
    _Atomic int dying;     /* the owner's fault, or its exit, ends the process */
    _Atomic int exit_told; /* an exit has been reported */
    int progress[SAFE_ATTEMPTS];
    _Atomic int reached[SAFE_ATTEMPTS]; /* the same, but the kernel does not clear it */
    int keeper;                      /* its pid; cleared by the kernel when it ends (CLONE_CHILD_CLEARTID) */
    _Atomic uint32_t keeper_request; /* enum safe_ask, set by the owner, taken back by the keeper */
    _Atomic uint32_t keeper_answer;  /* enum safe_answer */
    _Atomic int unloading;           /* a thread looks at the list of loaded objects (calls/unloading.h) */
    _Atomic int
        exec_tid[SAFE_EXECS]; /* threads that call exec, not to be signalled (hooks/exported/execs.c) */
    _Atomic int also_count;
    struct safe_also also[SAFE_ALSO_MAX];
};

extern struct safe_state *safe_state; /* NULL: disabled */

/* The fault, as the owner found it. Written by the owner before the helper starts, read by the helper. */
struct safe_fault {
    int pid, tid, ppid, signo;
    siginfo_t info;
    const ucontext_t *context;
    uint64_t fs_base;
    uint64_t time_ns, mono_ns;    /* CLOCK_REALTIME, CLOCK_MONOTONIC of the fault */
    uint64_t deadline_ns;         /* CLOCK_MONOTONIC: death is not later */
    struct safe_sigaction old[2]; /* what the stop signals did before */
    int attempt;                  /* 1: the second, which captures the faulting thread only */
    bool skip_dir;                /* the first attempt came to no end at writing there */
    char first_trouble[128];      /* what became of the first attempt, in words; empty: there was none */
    bool has_deaf_threads;        /* by the helper: some thread could not be stopped */
    bool in_process;              /* no helper could be started: this runs in the faulting thread */
    bool is_escalation;           /* sent on purpose: no instruction faults again on return */
    const char *exit_call; /* not NULL: no fault but a call of this name (exit, _exit, ...); signo is 0 */
    int exit_status;
    bool no_core;   /* by who saves it: the program asked not to be dumped, no file has its memory */
    bool only_self; /* capture nobody but the faulting thread: it alone is to be ended */
};

extern struct safe_fault safe_fault;

#endif
