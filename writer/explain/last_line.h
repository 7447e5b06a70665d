/* SPDX-License-Identifier: MIT */
/* The last line that a process wrote: as people read it, and as equal ends are grouped by it. */
#ifndef CRUMPLE_WRITER_EXPLAIN_LAST_LINE_H
#define CRUMPLE_WRITER_EXPLAIN_LAST_LINE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Finds the last line of text that is not blank, without escape sequences for colours, and hides what looks secret. "" if
 * there is none. The result is cut to size, not in the middle of a character, and still foreign: cleaned where it is written.
 */
void last_line_find(const char *text, size_t size, char *ret_line, size_t line_size);

/** The same; of a logger's line of JSON its message, and its error behind a colon, and "" if it is of a level below warn. Returns
 * whether the logger calls it fatal. */
bool last_line_find_message(const char *text, size_t size, char *ret_line, size_t line_size);

/**
 * What stays the same when the same thing goes wrong again: numbers, addresses, times and ids become '#', the names of
 * months and days too, blanks become one.
 */
void last_line_normalize(const char *line, char *ret_text, size_t text_size);

#endif
