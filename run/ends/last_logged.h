/* SPDX-License-Identifier: MIT */
/* What a server logged last: the lines that name a match, a user, a session. They need not be of what died. */
#ifndef CRUMPLE_RUN_ENDS_LAST_LOGGED_H
#define CRUMPLE_RUN_ENDS_LAST_LOGGED_H

#include "ends/facts.h"

#define LAST_LOGGED_LINES 3
#define LAST_LOGGED_LINE  4096 /* bytes of one; a longer one does not count */
#define LAST_LOGGED_BYTES (LAST_LOGGED_LINES * (LAST_LOGGED_LINE + 3))

/**
 * Finds the last whole JSON lines with an id in what is kept of stdout and stderr: CRUMPLE_NOTE_LAST_LOGGED. Each is 'STREAM LINE', the
 * latest last, where the lines have times. Returns the length.
 */
size_t last_logged_find(const struct end_text output[2], char ret[LAST_LOGGED_BYTES]);

#endif
