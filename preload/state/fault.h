/* SPDX-License-Identifier: MIT */
/*
 * The data of a fault. It lies in one page that the kernel wipes in a forked child (MADV_WIPEONFORK). A
 * forked child therefore starts with a clean page, without an atfork handler, while a vfork child, which
 * shares the page, finds its parent's pid and writes nothing.
 *
 *   owner      the thread that decides about its fault (state/claim.h); never changes once 'dying' is set
 *   progress   state of each attempt's helper: the owner writes RUNNING, the helper CORE_WRITTEN, the kernel 0
 *              when the helper is gone
 *   also       threads that have faulted in the meantime; each writes its own slot, then sets 'ready'
 */
#ifndef CRUMPLE_PRELOAD_STATE_FAULT_H
#define CRUMPLE_PRELOAD_STATE_FAULT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/sys.h"

#define SAFE_ALSO_MAX 128
#define SAFE_ATTEMPTS 2
#define SAFE_EXECS    8  /* threads that call exec at the same time */
#define SAFE_LIMITS   64 /* threads in handlers whose time is limited, at the same time */

enum {
    SAFE_PROGRESS_GONE = 0, /* it ended without finishing */
    SAFE_PROGRESS_RUNNING = 1,
    SAFE_PROGRESS_CORE_WRITTEN = 2,
    SAFE_PROGRESS_FINISHED = 3,
    SAFE_PROGRESS_ELSEWHERE = 4 /* it is in another PID namespace, where our numbers mean other processes */
};

struct safe_also {
    _Atomic int ready;
    int tid;
    int signo; /* 0: the signal was sent to it, the thread has no fault of its own */
    uint64_t addr;
    const ucontext_t *context;
    uint64_t fs_base;
    char name[16];
};

/* The time of a handler of the application's is limited (fault/limit.h). Writer: the thread that it runs in. */
struct safe_limit {
    _Atomic int tid; /* 0: free */
    int timer;       /* the kernel's id */
    int sig;         /* what the handler was called for */
    uint64_t frame;  /* its signal frame */
};

struct safe_state {
    _Atomic int pid; /* 0: a forked child that has not faulted yet */
    _Atomic int owner;
    _Atomic int dying;          /* the owner's fault, or its exit, ends the process */
    _Atomic int exit_told;      /* an exit has been reported */
    int dumper;                 /* 1: a dump's helper lives; cleared by the kernel (CLONE_CHILD_CLEARTID) */
    _Atomic uint32_t dump_step; /* enum safe_dump_step; the thread that is asked waits for it */
    int progress[SAFE_ATTEMPTS];
    _Atomic int reached[SAFE_ATTEMPTS]; /* the same, but the kernel does not clear it */
    int keeper;                      /* its pid; cleared by the kernel when it ends (CLONE_CHILD_CLEARTID) */
    _Atomic uint32_t keeper_request; /* enum safe_ask, set by the owner, taken back by the keeper */
    _Atomic uint32_t keeper_answer;  /* enum safe_answer */
    _Atomic int unloading;           /* a thread looks at the list of loaded objects (calls/unloading.h) */
    _Atomic int tag_lock;            /* of the tags of the process (tell/words.c) */
    /* threads that call exec, not to be signalled (hooks/exported/execs.c) */
    _Atomic int exec_tid[SAFE_EXECS];
    struct safe_limit limit[SAFE_LIMITS];
    _Atomic int also_count;
    struct safe_also also[SAFE_ALSO_MAX];
};

/* Owner of the claim, in place of a thread: the helper of a dump, after the threads have gone on. */
#define SAFE_OWNER_DUMPER (-1)

enum safe_dump_step {
    SAFE_DUMP_NONE = 0,
    SAFE_DUMP_BEGUN = 1,
    SAFE_DUMP_SAVED = 2,    /* the threads go on, and the helper gives the claim back */
    SAFE_DUMP_FAILED = 3,   /* nothing was saved */
    SAFE_DUMP_ELSEWHERE = 4 /* the helper is in another PID namespace */
};

/** Whether the threads are being stopped for a dump, or are stopped. */
static inline bool safe_dump_is_begun(const struct safe_state *state)
{
    return __atomic_load_n(&state->dump_step, __ATOMIC_SEQ_CST) == SAFE_DUMP_BEGUN &&
           __atomic_load_n(&state->dumper, __ATOMIC_SEQ_CST);
}

/* Who asked for a dump (calls/dumps.h). */
struct safe_dump {
    int pid; /* 0: it is in another PID namespace */
    uint32_t uid;
    uint32_t token;   /* names the file with the reason in the crash directory; 0: there is none */
    char reason[128]; /* of crumple_dump() */
};

/* Writer of the pointer: the constructor. NULL: disabled. */
extern struct safe_state *safe_state;

/**
 * Whether process 'pid', the calling one, runs in another one's memory: a vfork child. It finds its parent's
 * state page, and must write nothing to it. A process created by raw clone() finds no pid in the page and
 * writes its own. if_unknown: the answer where the kernel does not tell.
 */
bool safe_guest(int pid, bool if_unknown);

/* The fault, as the owner found it. Written by the owner before the helper starts, read by the helper. */
struct safe_fault {
    int pid, tid, ppid, signo;
    siginfo_t info;
    const ucontext_t *context;
    uint64_t fs_base;
    uint64_t time_ns, mono_ns;    /* CLOCK_REALTIME, CLOCK_MONOTONIC of the fault */
    uint64_t deadline_ns;         /* CLOCK_MONOTONIC: the latest time of death */
    struct safe_sigaction old[2]; /* what the stop signals did before */
    int attempt;                  /* 1: the second, which captures the faulting thread only */
    bool skip_dir;                /* the first attempt did not finish writing there */
    char first_trouble[128];      /* why the first attempt failed; empty: there was none */
    bool has_deaf_threads;        /* written by the helper: a thread could not be stopped */
    bool in_process;              /* no helper could be started: the capture runs in the faulting thread */
    bool is_escalation;           /* sent on purpose: no instruction faults again on return */
    uint64_t handler_ns;   /* not 0: the limit that the application's handler of this fault has passed */
    const char *exit_call; /* not NULL: no fault but a call of this name (exit, _exit, ...); signo is 0 */
    int exit_status;
    const struct safe_dump *dump; /* not NULL: no fault, the process goes on; signo is 0 */
    /* written by safe_save_core(): the program asked not to be dumped, or CRUMPLE_STACK says so: no file has its memory */
    bool no_core;
    bool only_self; /* capture only the faulting thread: only this thread is to be ended */
};

extern struct safe_fault safe_fault;

/* The last assertion that failed, in the program's memory. Writer: the thread that failed it, on its way to abort(). */
struct safe_assertion {
    int tid;
    const char *expression, *file, *function;
    unsigned line;
};

extern struct safe_assertion safe_assertion;

/** True for the event 'exit': a call, or a signal of CRUMPLE_SIGNALS. Not of a dump. */
bool safe_fault_is_exit(void);

/**
 * Fills safe_fault, with the claim. 'uc' must stay where it is as long as the fault is being handled. The
 * time is that of the fault, so that deciding is part of the limit.
 */
void safe_fault_note(int sig, const siginfo_t *info, const ucontext_t *uc);

#endif
