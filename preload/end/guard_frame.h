/* SPDX-License-Identifier: MIT */
/* What a guard replaces in its thread's record, and how it is entered and left. See end/guard.h. */
#ifndef CRUMPLE_PRELOAD_END_GUARD_FRAME_H
#define CRUMPLE_PRELOAD_END_GUARD_FRAME_H

#include "state/thread.h"
#include "track/routine_runs.h"

/* On the stack of recover_guard(); what it replaces in the thread's record. */
struct recover_guard {
    struct recover_guard *outer;
    void **frame;
    uint64_t generation;
    uint16_t routine;
    uint8_t role;
};

/** The thread's recovery frame is 'frame' from now on; the breaker of the routine is asked. */
void recover_guard_enter(struct safe_thread *t, struct recover_guard *guard, uint16_t routine, void **frame);

/** The innermost guard is over; result: for its breaker, unless that has counted already (generation 0). */
void recover_guard_leave(struct safe_thread *t, enum safe_breaker_result result);

#endif
