/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a wrapped thread before its routine begins. See end/modes.h. */
#include "end/modes.h"

#include <signal.h>
#include <stddef.h>

#include "state/thread.h"
#include "state/signals.h"
#include "state/config.h"
#include "base/sys.h"

static bool any_restart;

void recover_state_prepare(void)
{
    for (uint32_t i = 0; i < crumple_config->rule_count; i++)
        any_restart |= crumple_config->rules[i].action == SAFE_ACTION_RESTART;
}

void recover_state_save(struct safe_thread_state *state)
{
    state->is_known = false;
    if (any_restart)
        recover_state_read(state);
}

void recover_state_read(struct safe_thread_state *state)
{
    state->is_known = true;
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &state->mask, 8);
    state->shadow = safe_shadow;
    state->mask_set = safe_mask_set;
    __asm__ volatile("stmxcsr %0" : "=m"(state->mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(state->fcw));
}

void recover_state_restore(const struct safe_thread_state *state)
{
    if (!state->is_known)
        return;
    __asm__ volatile("fninit\n\tfldcw %0" : : "m"(state->fcw));
    __asm__ volatile("ldmxcsr %0" : : "m"(state->mxcsr));
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &state->mask, NULL, 8);
    safe_shadow = state->shadow;
    safe_mask_set = state->mask_set;
}
