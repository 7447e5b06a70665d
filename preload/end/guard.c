/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a wrapped thread. See end/guard.h. */
#include "end/guard.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unwind.h>

#include "end/cleanups.h"
#include "base/sys.h"
#include "end/modes.h"
#include "loader/real.h"
#include "routines/table.h"
#include "state/config.h"
#include "state/recovery.h"
#include "state/thread.h"
#include "tell/tags.h"

#define OWN_ROLES                                                                                            \
    (SAFE_ROLE_WAKES |                                                                                       \
     SAFE_ROLE_UNLOCKED) /* what the stretch itself does: a wakeup that it owes is its own */

/* On the stack of recover_guard(); what it replaces in the thread's record. */
struct guard {
    struct guard *outer;
    void **frame;
    uint64_t generation;
    uint16_t routine;
    uint8_t role;
};

static uint64_t now_ns(void)
{
    struct timespec now = {0, 0};
    if (!real.clock_gettime || real.clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return safe_clock_ns(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* 0 or a negative errno: why a fault in the function cannot be contained. */
static int find_routine(const struct safe_thread *t, void (*function)(void *), void *argument,
                        uint16_t *ret_routine)
{
    static const char no_name[] = "";
    bool is_named;
    if (!t || !t->frame || t->ending != SAFE_ENDING_NONE ||
        (t->guard && (char *)t->guard < (char *)__builtin_frame_address(0)))
        return -ESRCH;
    *ret_routine = routines_find((void *(*)(void *))(void *)function, argument);
    const struct safe_rule *rule =
        *ret_routine ? rules_match(crumple_config->rules, crumple_config->rule_count,
                                   safe_routines[*ret_routine - 1].names, no_name, &is_named)
                     : NULL;
    return rule && rule->action == SAFE_ACTION_CONTAIN ? 0 : -EPERM;
}

static void enter(struct safe_thread *t, struct guard *g, uint16_t routine, void **frame)
{
    *g = (struct guard){t->guard, t->frame, t->generation, t->routine, t->role};
    t->routine = routine;
    t->role &= (uint8_t)~OWN_ROLES;
    (void)safe_routines_allow(routine, now_ns(), &t->generation);
    t->frame = frame;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    t->guard = g;
}

static void leave(struct safe_thread *t, enum safe_breaker_result result)
{
    const struct guard *g = t->guard;
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
        leave(safe_self, SAFE_BREAKER_SUCCESS);
    return _URC_CONTINUE_UNWIND;
}

/* As in recover_run(): the compiler's own setjmp. The breaker has counted the fault (contain/contain.c). */
static __attribute__((noinline)) int run(struct safe_thread *t, uint16_t routine, void (*function)(void *),
                                         void *argument)
{
    void *frame[5];
    struct guard guard;
    struct recover_cleanups cleanups;
    struct safe_thread_state state;
    const uint8_t depth = safe_tags_own ? safe_tags_depth(safe_tags_own) : 0;
    recover_state_read(&state);
    recover_cleanups_note(&cleanups);
    enter(t, &guard, routine, frame);
    if (__builtin_setjmp(frame) != 0) {
        t = safe_self;
        t->aborts = false;
        t->generation = 0;
        leave(t, SAFE_BREAKER_FAILURE);
        recover_cleanups_restore(&cleanups);
        recover_state_restore(&state);
        if (safe_tags_own)
            safe_tags_unwind(safe_tags_own, depth);
        return 1;
    }
    recover_guard_invoke(function, argument);
    leave(t, SAFE_BREAKER_SUCCESS);
    return 0;
}

int recover_guard(void (*function)(void *), void *argument)
{
    uint16_t routine = 0;
    struct safe_thread *t = safe_self;
    int error = find_routine(t, function, argument, &routine);
    if (error == 0)
        return run(t, routine, function, argument);
    function(argument);
    return error;
}
