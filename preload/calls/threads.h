/* SPDX-License-Identifier: MIT */
/* What crumple keeps for each thread, and the recovery frame every wrapped thread runs in. */
#ifndef PRELOAD_CALLS_THREADS_H
#define PRELOAD_CALLS_THREADS_H

#include <signal.h>
#include <stdbool.h>

#include "state/altstack.h"
#include "fault/entry.h"

/* Gives the calling thread an alternate stack (main, in the constructor). Returns 0 or a negative errno. */
int threads_adopt(void);

/* Before a fork, which copies every mapping: gives back alternate stacks that many threads have left. */
void threads_forking(void);
/* In a forked child: its one thread keeps its stack under a new tid, and the state page is its own. */
void threads_forked(void);

/* Prepares a thread's start; NULL when it can't be wrapped, then the routine runs as it is. */
struct safe_altstack *threads_wrap(void *(*routine)(void *), void *argument);
/* The new thread's mask is one of its own (an attribute's), not its maker's. Before the thread is made. */
void threads_mask(struct safe_altstack *a, const sigset_t *mask);
/* After pthread_create has returned 'error', with the shadow there was before: undoes what was only for its
 * time. */
void threads_made(struct safe_altstack *a, uint64_t shadow, int error);
/* What pthread_create runs instead of the routine: recovery frame, alternate stack, then the routine itself.
 */
void *threads_run(void *wrapped);

#endif
