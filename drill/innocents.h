/* SPDX-License-Identifier: MIT */
/* What the load says about its clients: the lines of its output that begin with "drill: " (docs/drill.md). */
#ifndef CRUMPLE_DRILL_INNOCENTS_H
#define CRUMPLE_DRILL_INNOCENTS_H

#include "drill.h"

/** Add a line of the load's output, if it is one of those. */
void drill_innocents_take(struct drill_innocents *innocents, const char *line);
/** Read the output of a load, whose clients may have written a line each: numbers are added, of times the longest counts.
 * A file that cannot be read says nothing. */
void drill_innocents_read(const char *path, struct drill_innocents *ret_innocents);
/** The last line of a file that is not empty and not such a line, without its newline; "" where there is none. */
void drill_innocents_last_words(const char *path, char *ret_text, size_t size);

#endif
