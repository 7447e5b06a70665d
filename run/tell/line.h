/* SPDX-License-Identifier: MIT */
/*
 * Members of one line of crashes.ndjson. The lines are those that the writer and the shim write: no blank but in strings, and no
 * quote in a string that is not escaped, so that the text of a member occurs only where it is one. A line that
 * somebody else wrote yields some text or none, never more than its bytes.
 */
#ifndef CRUMPLE_RUN_TELL_LINE_H
#define CRUMPLE_RUN_TELL_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct line {
    const char *bytes;
    size_t size;
};

/** A member that is a string, unescaped; what could deceive a reader becomes '?'. False: there is none, or it is null. */
bool line_string(const struct line *line, const char *member, char *ret, size_t bytes);

/** Element number 'at' of a member that is an array of strings. False: there are not so many. */
bool line_element(const struct line *line, const char *member, size_t at, char *ret, size_t bytes);

/** A member that is a number, or -1. */
long line_number(const struct line *line, const char *member);

#endif
