/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a wrapped thread; the personality is called by the unwinder. See end/guard_frame.h. */
#include "end/guard_frame.h"

#include <time.h>
#include <unwind.h>

#include "base/sys.h"
#include "loader/real.h"

#define OWN_ROLES                                                                                            \
    (SAFE_ROLE_WAKES |                                                                                       \
     SAFE_ROLE_UNLOCKED) /* what the stretch itself does: a wakeup that it owes is its own */

static uint64_t now_ns(void)
{
    struct timespec now = {0, 0};
    if (!real.clock_gettime || real.clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return safe_clock_ns(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void recover_guard_enter(struct safe_thread *t, struct recover_guard *g, uint16_t routine, void **frame)
{
    *g = (struct recover_guard){t->guard, t->frame, t->generation, t->routine, t->role};
    t->routine = routine;
    t->role &= (uint8_t)~OWN_ROLES;
    (void)safe_routines_allow(routine, now_ns(), &t->generation);
    t->frame = frame;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    t->guard = g;
}

void recover_guard_leave(struct safe_thread *t, enum safe_breaker_result result)
{
    const struct recover_guard *g = t->guard;
    if (t->generation)
        safe_routines_done(t->routine, t->generation, now_ns(), result);
    t->guard = g->outer;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    t->frame = g->frame;
    t->generation = g->generation;
    t->routine = g->routine;
    t->role |= g->role;
}

_Unwind_Reason_Code recover_guard_personality(int, _Unwind_Action, _Unwind_Exception_Class,
                                              struct _Unwind_Exception *, struct _Unwind_Context *);

/* Named by the call frame information of recover_guard_invoke. An exception that the caller catches, pthread_exit and
 * cancellation pass by: the guard is over. */
_Unwind_Reason_Code recover_guard_personality(int version, _Unwind_Action actions,
                                              _Unwind_Exception_Class class, struct _Unwind_Exception *e,
                                              struct _Unwind_Context *context)
{
    (void)version;
    (void)class;
    (void)e;
    (void)context;
    if ((actions & _UA_CLEANUP_PHASE) && safe_self && safe_self->guard)
        recover_guard_leave(safe_self, SAFE_BREAKER_SUCCESS);
    return _URC_CONTINUE_UNWIND;
}
