/* SPDX-License-Identifier: MIT */
/*
 * Stopping all threads of the process, whatever created them.
 *
 * The helper lists /proc/PID/task and sends each thread a queued signal whose value names a slot. The
 * thread's handler publishes its registers in the slot and parks on a futex until the process dies. The
 * signal is libc's own (LIBC_STOP_SIGNAL): libc lets no program block it, wait for it or handle it, so even threads
 * answer that block all signals or sit in sigwait or signalfd. It is a queued signal and subject to
 * RLIMIT_SIGPENDING. If the queue is full, the helper sends SIGSTKFLT, which neither kernel nor libc ever
 * sends: it needs no queue entry, and the thread finds its slot by its tid.
 */
#ifndef CRUMPLE_PRELOAD_STOPPED_STOP_H
#define CRUMPLE_PRELOAD_STOPPED_STOP_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "crumple_format.h"
#include "base/scratch.h"
#include "state/fault.h"

enum {
    SAFE_SLOT_SENT = 0,
    SAFE_SLOT_UNSENT = 1,
    SAFE_SLOT_PARKED = 2,
    SAFE_SLOT_FAULTED = 3,
    SAFE_SLOT_GIVEN_UP = 4
};

struct safe_slot {
    _Atomic int state;
    int tid;
    const ucontext_t *context; /* registers of the interrupted code */
    uint64_t fs_base;
    uint8_t reason; /* enum crumple_thread_reason, when given up */
    uint8_t signo;  /* FAULTED: its signal */
    char proc_state;
    bool in_queue; /* the fallback signal was used */
    uint64_t addr; /* FAULTED: its address */
    char name[16];
    uint64_t routine; /* given to pthread_create, or 0 */
};

struct safe_stop {
    struct safe_slot *slot; /* slot 0 is the faulting thread */
    uint32_t count, capacity;
    uint32_t *index; /* tid -> slot + 1, open addressing, 2 * capacity rounded up to a power of two */
    uint32_t index_mask;
    _Atomic uint32_t answered; /* futex the helper waits on */
    _Atomic uint32_t wanted;   /* the answer that wakes it */
    uint32_t cookie;
    uint64_t stopped_ns; /* fault to all stopped */
    int proc_error;      /* negative errno of the task list, or 0 */
};

/** Stops all other threads. In the helper. Returns 0, or a negative errno if not even the faulting thread
 * could be listed. */
int safe_stop_all(struct safe_stop *stop, struct safe_scratch *scratch);

/** After an aborted stop: gives up on the threads that have not answered. */
void safe_stop_conclude(struct safe_stop *stop);

#endif
