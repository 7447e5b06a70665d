/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a wrapped thread. See end/guard.h. */
#include "end/guard.h"

#include <errno.h>
#include <string.h>

#include "libc/calls/cleanups.h"
#include "end/guard_frame.h"
#include "end/modes.h"
#include "routines/table.h"
#include "state/config.h"
#include "state/recovery.h"
#include "state/thread.h"
#include "tell/tags.h"

/* 0 or a negative errno: why a fault in the function cannot be contained. */
static int find_routine(const struct safe_thread *t, void (*function)(void *), void *argument,
                        uint16_t *ret_routine)
{
    static const char no_name[] = "";
    bool is_named;
    if (!t || !t->frame || t->ending != SAFE_ENDING_NONE)
        return -ESRCH;
    *ret_routine = routines_find((void *(*)(void *))(void *)function, argument);
    const struct safe_rule *rule =
        *ret_routine ? rules_match(crumple_config->rules, crumple_config->rule_count,
                                   safe_routines[*ret_routine - 1].names, no_name, &is_named)
                     : NULL;
    return rule && rule->action == SAFE_ACTION_CONTAIN ? 0 : -EPERM;
}

/* As in recover_run(): the compiler's own setjmp. The breaker has counted the fault (contain/contain.c). */
static __attribute__((noinline)) int run(struct safe_thread *t, uint16_t routine, void (*function)(void *),
                                         void *argument)
{
    void *frame[5] = {NULL}; /* before setjmp: no stack at all */
    struct recover_guard guard;
    struct libc_cleanups cleanups;
    struct safe_thread_state state;
    const uint8_t depth = safe_tags_own ? safe_tags_depth(safe_tags_own) : 0;
    recover_state_read(&state);
    libc_cleanups_note(&cleanups);
    recover_guard_enter(t, &guard, routine, frame);
    if (__builtin_setjmp(frame) != 0) {
        safe_self->aborts = false;
        guard.generation = 0;
        recover_guard_leave(&guard, SAFE_BREAKER_FAILURE);
        libc_cleanups_restore(&cleanups);
        recover_state_restore(&state);
        if (safe_tags_own)
            safe_tags_unwind(safe_tags_own, depth);
        return 1;
    }
    recover_guard_invoke(function, argument, &guard);
    recover_guard_leave(&guard, SAFE_BREAKER_SUCCESS);
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
