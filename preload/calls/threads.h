/* SPDX-License-Identifier: MIT */
/* The start of a wrapped thread: its record, its alternate stack, its recovery frame. Ordinary code of hooks.
 */
#ifndef CRUMPLE_PRELOAD_CALLS_THREADS_H
#define CRUMPLE_PRELOAD_CALLS_THREADS_H

#include <signal.h>

#include "state/altstack.h"

/** Gives the calling thread an alternate stack (main, in the constructor). Returns 0 or a negative errno. */
int threads_adopt(void);

/** Before a fork, which copies every mapping: unmaps unused alternate stacks. */
void threads_forking(void);
/** In a forked child: its one thread keeps its stack under a new tid, and the state page is its own. */
void threads_forked(void);

/** Prepares a thread's start; NULL if the thread cannot be wrapped: then its routine runs unwrapped. */
struct safe_altstack *threads_wrap(void *(*routine)(void *), void *argument);
/** Sets the new thread's mask if an attribute gives one, instead of its creator's. Before the thread is
 * created. */
void threads_mask(struct safe_altstack *a, const sigset_t *mask);
/** In the new thread, before threads_run: libc has set a mask of its own, which the thread is to believe. */
void threads_masked_by_libc(struct safe_altstack *a);
/** After pthread_create has returned 'error': restores the creator's shadow, and releases the stack if it
 * failed. */
void threads_made(struct safe_altstack *a, uint64_t shadow, int error);
/** What pthread_create runs instead of the routine: recovery frame, alternate stack, then the routine itself.
 */
void *threads_run(void *wrapped);

#endif
