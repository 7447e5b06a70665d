/* SPDX-License-Identifier: MIT */
/* What a guard replaces in its thread's record, and how it is entered and left. See end/guard.h. */
#ifndef CRUMPLE_PRELOAD_END_GUARD_FRAME_H
#define CRUMPLE_PRELOAD_END_GUARD_FRAME_H

#include "state/thread.h"
#include "track/routine_runs.h"

/*
 * On the stack of recover_guard(). A program may leave a guard without a word (longjmp, a coroutine that is dropped),
 * leave two of them in another order than it entered them, or in another thread (coroutines): so nothing but the call
 * that made it reads it.
 */
struct recover_guard {
    struct safe_thread *thread;
    struct recover_guard *outer; /* compared, never read */
    struct safe_thread_work before;
    uint64_t generation; /* at the breaker of its function; 0: that has counted already */
    uint16_t routine;
};

/** The thread's recovery frame is 'frame' from now on; the breaker of the routine is asked. */
void recover_guard_enter(struct safe_thread *t, struct recover_guard *guard, uint16_t routine, void **frame);

/**
 * The guard is over; result: for its breaker. If it was not the innermost one, the thread has none any more, and faults
 * are those of its routine. In another thread than its own nothing is restored.
 */
void recover_guard_leave(const struct recover_guard *guard, enum safe_breaker_result result);
/** The thread is leaving all its guards: those that are still there are over. */
void recover_guard_forget(struct safe_thread *t);

#endif
