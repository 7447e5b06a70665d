/* SPDX-License-Identifier: MIT */
/*
 * Whether the program wants its memory kept from cores: it has called prctl(PR_SET_DUMPABLE, 0) itself. The
 * kernel clears the same flag when a process changes its user (prctl(2)), which says nothing of the program's
 * wish, so the flag alone does not tell.
 */
#ifndef PRELOAD_STATE_DUMPABLE_H
#define PRELOAD_STATE_DUMPABLE_H

#include <stdbool.h>

/* The program asks for the flag, or for its end. Any thread, signal handlers too; for the hook of prctl. A
 * forked child inherits the note with the flag; exec resets both. */
void safe_dumpable_note(bool is_wanted);

/* Whether the program's last own request was 0 and the flag is still not 1. Any thread and the helper. */
bool safe_dumpable_refused(void);

#endif
