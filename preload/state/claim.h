/* SPDX-License-Identifier: MIT */
/*
 * One fault at a time. The thread that owns the claim decides what its fault means: whether only the thread
 * ends (then the claim is given back) or the process dies (then it is kept for ever, but for that of an exit
 * that libc goes on with).
 */
#ifndef PRELOAD_STATE_CLAIM_H
#define PRELOAD_STATE_CLAIM_H

#include <signal.h>
#include <ucontext.h>

enum safe_claim {
    SAFE_CLAIM_MINE,
    SAFE_CLAIM_NESTED, /* this thread has it already: a fault inside of crumple */
    SAFE_CLAIM_DYING,  /* another thread has it, and the process dies */
    SAFE_CLAIM_STUCK   /* another thread has had it for longer than a capture may take */
};

/* Takes the claim; waits while another thread decides. Bounded by CRUMPLE_TIMEOUT and a second. */
enum safe_claim safe_claim_take(int tid);
void safe_claim_release(void);
/* The process dies: whoever waits for the claim is told. */
void safe_claim_keep(void);

/* An exit has been reported, and libc goes on with it: the claim is free again. Who faulted meanwhile gives
 * the exit half a second, then dies of his fault. */
void safe_claim_yield(void);

/* The process dies of another thread's fault, or exits: waits for that, or until the claim is free again. */
void safe_claim_wait_for_end(void);

/* A fault while the process dies of another thread's: it is listed, and waits for the end. */
void safe_claim_join(int sig, const siginfo_t *info, const ucontext_t *uc, int tid);

#endif
