/* SPDX-License-Identifier: MIT */
/* Ordinary code, in a wrapped thread before its routine begins. See end/modes.h. */
#include "end/modes.h"

#include <link.h>
#include <signal.h>
#include <stddef.h>

#include "track/code_ranges.h"
#include "state/thread.h"
#include "state/signals.h"
#include "state/config.h"
#include "loader/locks.h"
#include "base/sys.h"

static bool any_restart;

/* --- where the runtimes lie ---------------------------------------------------------------------------- */

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct safe_code_range *range = arg;
    int i;
    (void)size;
    for (i = 0; i < info->dlpi_phnum; i++) {
        uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uint64_t end = start + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) &&
            range->start >= start && range->start < end) {
            *range = (struct safe_code_range){start, end};
            return 1;
        }
    }
    return 0;
}

/* The executable segment that holds the address, into *ret_range; nothing where none does. */
static void code_around(const void *inside, struct safe_code_range *ret_range)
{
    struct safe_code_range range = {(uint64_t)inside, 0};
    bool found;
    if (!inside || !loader_hold_list())
        return;
    found = dl_iterate_phdr(look, &range);
    loader_leave_list();
    if (found)
        *ret_range = range;
}

static void note_runtimes(void *(*find)(const char *), void *(*find_in)(const char *, const char *))
{
    const void *const inside[SAFE_RUNTIMES] = {find("qsort"), find("__tls_get_addr"), find("__cxa_throw"),
                                               find_in("libgcc_s.so.1", "_Unwind_ForcedUnwind")};
    int i;
    for (i = 0; i < SAFE_RUNTIMES; i++)
        code_around(inside[i], &safe_runtime[i]);
}

/* --- the state ------------------------------------------------------------------------------------------ */

void recover_state_prepare(void *(*find)(const char *), void *(*find_in)(const char *, const char *))
{
    uint32_t i;
    for (i = 0; i < crumple_config->rule_count; i++)
        any_restart |= crumple_config->rules[i].action == SAFE_ACTION_RESTART;
    note_runtimes(find, find_in);
}

void recover_state_save(struct safe_thread_state *state)
{
    state->is_known = any_restart;
    if (!any_restart)
        return;
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
