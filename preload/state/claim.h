/* SPDX-License-Identifier: MIT */
/*
 * One fault at a time. The thread that owns the claim decides what its fault means. If only the thread ends,
 * it gives the claim back. If the process dies, the claim is kept forever; only an exit that libc goes on
 * with gives it back, and a dump, whose helper does so (SAFE_OWNER_DUMPER).
 */
#ifndef CRUMPLE_PRELOAD_STATE_CLAIM_H
#define CRUMPLE_PRELOAD_STATE_CLAIM_H

#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

enum safe_claim {
    SAFE_CLAIM_MINE,
    SAFE_CLAIM_NESTED, /* this thread already has it: a fault inside crumple */
    SAFE_CLAIM_DYING,  /* another thread has it, and the process dies */
    SAFE_CLAIM_STUCK   /* another thread has had it for longer than a capture may take */
};

/** Takes the claim; waits while another thread decides. Bounded by CRUMPLE_TIMEOUT and a second. */
enum safe_claim safe_claim_take(int tid);
/** Takes the claim if it is free. */
bool safe_claim_try(int tid);
void safe_claim_release(void);
/** The process dies: wakes the threads that wait for the claim. */
void safe_claim_keep(void);

/** An exit has been reported, and libc goes on with it: frees the claim. A thread that has faulted in the
 * meantime gives the exit half a second, then dies of its own fault. */
void safe_claim_yield(void);

/** Waits until the process dies of another thread's fault or exits, or until the claim is free again. */
void safe_claim_wait_for_end(void);

/** For a fault while the process dies of another thread's: lists it in the report and waits for the end. */
void safe_claim_join(int sig, const siginfo_t *info, const ucontext_t *uc, int tid);

#endif
