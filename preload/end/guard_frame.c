/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a wrapped thread; the personality is called by the unwinder. See end/guard_frame.h. */
#include "end/guard_frame.h"

#include <time.h>
#include <unwind.h>

#include "base/sys.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"

#define DWARF_RBP 6 /* System V ABI for AMD64, figure 3.36 */
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

static void restore(struct safe_thread *t, const struct safe_thread_work *work, void *guard)
{
    t->guard = guard;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    t->frame = work->frame;
    t->generation = work->generation;
    t->routine = work->routine;
    t->role |= work->role;
}

void recover_guard_enter(struct safe_thread *t, struct recover_guard *g, uint16_t routine, void **frame)
{
    /* Farther in than the new one: left by longjmp, or on the stack of a coroutine. */
    if (t->guard && (char *)t->guard < (char *)g)
        restore(t, t->outermost, NULL);
    *g = (struct recover_guard){t, t->guard, {t->frame, t->generation, t->routine, t->role}, 0, routine};
    if (!t->guard)
        *t->outermost = g->before;
    (void)safe_routines_allow(routine, now_ns(), &g->generation);
    t->routine = routine;
    t->role &= (uint8_t)~OWN_ROLES;
    t->generation = g->generation;
    t->frame = frame;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    t->guard = g;
}

void recover_guard_leave(const struct recover_guard *g, enum safe_breaker_result result)
{
    struct safe_thread *t = safe_self;
    if (g->generation)
        safe_routines_done(g->routine, g->generation, now_ns(), result);
    if (t != g->thread)
        return;
    if (t->guard == g)
        restore(t, &g->before, g->outer);
    else if (t->guard)
        restore(t, t->outermost, NULL);
}

void recover_guard_forget(struct safe_thread *t)
{
    if (t->guard)
        restore(t, t->outermost, NULL);
}

/* The guard whose frame the unwinder is at; NULL: libgcc is a part of the program, and cannot be asked. */
static const struct recover_guard *guard_at(struct _Unwind_Context *context)
{
    static _Unwind_Word (*get)(struct _Unwind_Context *, int);
    if (!get)
        *(void **)&get = libc_find("_Unwind_GetGR");
    return get ? ((const struct recover_guard **)get(context, DWARF_RBP))[-1] : NULL;
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
    const struct recover_guard *g = actions & _UA_CLEANUP_PHASE ? guard_at(context) : NULL;
    if (g)
        recover_guard_leave(g, SAFE_BREAKER_SUCCESS);
    else if ((actions & _UA_CLEANUP_PHASE) && safe_self)
        recover_guard_forget(safe_self);
    return _URC_CONTINUE_UNWIND;
}
