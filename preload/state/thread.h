/* SPDX-License-Identifier: MIT */
/*
 * The record of a wrapped thread while CRUMPLE_RECOVER is set: its recovery frame, the progress of its
 * ending, and the facts that the policy needs. The record lies in the thread's entry of the pool of alternate
 * stacks, so that it outlives the thread's own memory; 'safe_self' in TLS points to it.
 *
 * Only the thread itself writes it (in hooks and in the handler). The keeper also reads 'ending'.
 */
#ifndef CRUMPLE_PRELOAD_STATE_THREAD_H
#define CRUMPLE_PRELOAD_STATE_THREAD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Roles: what crumple has seen the thread do. */
enum {
    SAFE_ROLE_ACCEPTS = 1, /* accept, accept4 */
    SAFE_ROLE_EPOLLS = 2,  /* epoll_wait and its variants */
    SAFE_ROLE_FED = 4, /* waited on a condition variable, a semaphore or a pipe before its first socket I/O */
    SAFE_ROLE_WAITS = 8,    /* waited on a condition variable or a semaphore, ever */
    SAFE_ROLE_WAKES = 16,   /* signalled one that some thread has waited on */
    SAFE_ROLE_SERVED = 32,  /* closed the accepted connection that it served */
    SAFE_ROLE_UNLOCKED = 64 /* released a lock that another thread had taken */
};

enum safe_ending {
    SAFE_ENDING_NONE = 0,
    SAFE_ENDING_BEGUN = 1,  /* the trampoline or the unwinder is at work: a fault now goes to the recovery
                              frame, unless must_unwind */
    SAFE_ENDING_LANDED = 2, /* control is back in the recovery frame */
    SAFE_ENDING_OVER = 3    /* the last destructor has run, the table of held locks was empty */
};

#define SAFE_THREAD_FDS 6

/* The state that a routine finds when it starts, and must find again when it restarts. */
struct safe_thread_state {
    uint64_t mask, shadow, mask_set; /* of signals: the kernel's, and what the application believes */
    uint32_t mxcsr;
    uint16_t fcw;
    bool is_known;
};

/* What a crumple_guard() replaces for its time. */
struct safe_thread_work {
    void **frame;
    uint64_t generation;
    uint16_t routine;
    uint8_t role;
};

struct safe_thread {
    uint64_t fault_address; /* of the fault that ends the thread */
    void **frame; /* the recovery frame: what __builtin_setjmp stored (fp, label, sp); NULL: none yet, or the
                     thread has left it and its destructors run */
    uint64_t stack_low;     /* nothing below may be used: guard, with a margin */
    uint64_t started_ns;    /* CLOCK_MONOTONIC of the routine's (re)start */
    uint32_t serial;        /* number of this thread in the process; never 0, never reused */
    uint16_t routine;       /* index + 1 in the table of routines (routines/table.h), 0: none */
    uint16_t inbound;       /* distinct accepted sockets it did I/O on, saturating; 2 may stand for more */
    uint16_t polled;        /* most descriptors in one poll or select, saturating */
    _Atomic uint8_t ending; /* enum safe_ending */
    uint8_t role;           /* SAFE_ROLE_* */
    uint8_t action;         /* of the current ending: enum safe_action (contain/policy.h) */
    uint8_t signo;          /* of the fault that ends the thread */
    int16_t code;           /* its si_code */
    bool park;              /* RESTART: off until the breaker half-opens */
    bool is_parked;         /* now */
    uint8_t rounds;         /* of its last destructor */
    bool release_reads;     /* shared rwlocks are to be released when it ends */
    bool is_early;          /* made before the process had accepted a connection */
    bool must_unwind;       /* only unwinding may end the thread: a second fault kills the process */
    bool aborts;            /* inside the application's own abort() or a failed assert() */
    uint8_t fd_count;     /* of fd[]; more than SAFE_THREAD_FDS: some are not listed, the table is searched */
    uint64_t generation;  /* of its run, at the routine's breaker */
    int32_t cancel_state; /* before it was ended */
    void *guard; /* the innermost crumple_guard() (end/guard.c), whose frame 'frame' then is; NULL: none */
    struct safe_thread_work *outermost; /* before the outermost of them; on the stack of recover_run() */
    struct safe_thread_state state;
    int32_t last_fd;                   /* of the last socket I/O */
    const struct safe_thread *creator; /* NULL: a thread that is not wrapped, such as the main thread */
    uint32_t creator_serial;
    int32_t creator_tid;
    bool is_waiting;             /* on a condition variable or a semaphore, now */
    const void *waited_for;      /* the last of them */
    int32_t inbound_fd;          /* the accepted socket it counted last; if inbound is not 0 */
    int32_t shared_fd;           /* the last socket it used that other threads use, too */
    int32_t fd[SAFE_THREAD_FDS]; /* sockets it did I/O on */
};

/* NULL: not wrapped, or CRUMPLE_RECOVER is not set. Writer: the thread itself, when its routine begins
 * (end/frame.c). */
extern __thread struct safe_thread *safe_self;

struct safe_altstack;

/* Writers: the thread itself, in the hooks of pthread_create, fork and sigaltstack. Initial-exec TLS: a fault
 * may read it, and a large block would make threads with small stacks fail. */
struct thread_self {
    struct safe_altstack *altstack; /* ours, NULL for a thread that was not wrapped */
    stack_t app_altstack;           /* what the application set, while the kernel has ours */
    bool app_altstack_set;
};
extern __thread struct thread_self thread_self;

#endif
