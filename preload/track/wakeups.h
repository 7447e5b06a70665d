/* SPDX-License-Identifier: MIT */
/*
 * Safe file: who owes whom a wakeup by a condition variable or semaphore. The thread that would give it is not to be
 * ended: its waiter would wait for ever. Nobody can see a wakeup that is still to come, so what counts is what threads
 * of the routine have done so far, and whether the thread's creator waits now.
 *
 * Written by the hooks of hooks/redirected/conditions.c, read by the handler. No lock.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_WAKEUPS_H
#define CRUMPLE_PRELOAD_TRACK_WAKEUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/** Notes that the calling thread waits for the object, unless it is the one that it waited for last. */
void safe_wakeups_note(struct safe_thread *self, const void *object);

/* Waits of threads that are not wrapped, the main thread's for one. */
extern _Atomic int safe_wakeups_others;

/** For hooks: around a wait of the calling thread (self, or NULL) for the object, a condition variable or semaphore. */
static inline void safe_wakeups_wait(struct safe_thread *self, const void *object)
{
    if (!self || self->waited_for != object)
        safe_wakeups_note(self, object);
    if (self)
        __atomic_store_n(&self->is_waiting, true, __ATOMIC_RELAXED);
    else
        __atomic_fetch_add(&safe_wakeups_others, 1, __ATOMIC_RELAXED);
}

static inline void safe_wakeups_waited(struct safe_thread *self)
{
    if (self)
        __atomic_store_n(&self->is_waiting, false, __ATOMIC_RELAXED);
    else
        __atomic_fetch_sub(&safe_wakeups_others, 1, __ATOMIC_RELAXED);
}

/** For hooks: the calling thread signals the object. Of no consequence if no thread has ever waited for it, but by a
 * thread that serves a connection: it may count itself out, and who stops the server will wait for the count. */
void safe_wakeups_signal(const void *object);

/** The calling thread has released a lock that it did not take: its creator has handed the lock over (atftpd's main
 * takes it before it creates a thread, and takes it again for the next one). */
void safe_wakeups_unlock_foreign(void);

/** For pthread_create: the calling thread is about to create a thread. */
void safe_wakeups_hand_over(struct safe_thread *made);

/** True if a thread of the same routine has woken a thread that waited or has released a lock that another one took,
 * which this one has not done yet, or if the thread's creator waits now. */
bool safe_wakeups_owes(const struct safe_thread *thread);

#endif
