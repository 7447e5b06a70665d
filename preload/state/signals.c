/* SPDX-License-Identifier: MIT */
/* Safe file: data, and one plain function. See state/signals.h. */
#include "state/signals.h"

void (*safe_handler)(int sig, siginfo_t *info, void *context);
uint64_t safe_abort_restorer, safe_limit_restorer;

__thread uint64_t safe_shadow;
__thread uint64_t safe_mask_set;
__thread uint64_t safe_opened, safe_opened_at;
__thread struct safe_wait safe_wait;
__thread struct safe_handled safe_handled;
_Atomic uint64_t safe_handler_mask[65];

struct safe_sigaction safe_app_action[65];
_Atomic bool safe_entry_armed[65];
_Atomic int safe_entry_aborting;
_Atomic uint64_t safe_entry_ours, safe_entry_entered;

const uint8_t safe_fatal_signals[SAFE_FATAL_COUNT] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE,
                                                      SIGTRAP, SIGSYS, SIGABRT};

_Atomic uint64_t safe_watched_signals;

bool safe_is_taken_signal(int sig)
{
    return safe_is_fatal_signal(sig) || (sig > 0 && (safe_watched_signals & SAFE_SIGBIT(sig)));
}

bool safe_is_fatal_signal(int sig)
{
    for (size_t i = 0; i < SAFE_FATAL_COUNT; i++)
        if (safe_fatal_signals[i] == sig)
            return true;
    return false;
}
