/* SPDX-License-Identifier: MIT */
/*
 * Whether the program itself has asked not to be dumped, by prctl(PR_SET_DUMPABLE, 0). The kernel clears the
 * same flag when a process changes its user (prctl(2)), which is no request of the program, so the flag alone
 * is not enough.
 */
#ifndef CRUMPLE_PRELOAD_STATE_DUMPABLE_H
#define CRUMPLE_PRELOAD_STATE_DUMPABLE_H

#include <stdbool.h>

/** Notes a request of the program, 0 or 1. For the hook of prctl, in any thread, also in signal handlers. A
 * forked child inherits the note with the flag; exec resets both. */
void safe_dumpable_note(bool is_wanted);

/** True for a second after the last request of 0, if it holds. In the handler. */
bool safe_dumpable_just_refused(void);

/** True if the program's last own request was 0 and the flag is not 1. In any thread and the helper. */
bool safe_dumpable_refused(void);

#endif
