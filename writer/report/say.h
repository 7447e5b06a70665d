/* SPDX-License-Identifier: MIT */
/* Messages of crumple-writer on stderr besides the summary: lines of text, or events 'trouble'
 * (docs/stderr.md). */
#ifndef CRUMPLE_WRITER_REPORT_SAY_H
#define CRUMPLE_WRITER_REPORT_SAY_H

#include <stddef.h>
#include <stdint.h>

#include "report/summary.h"

/** Sets the form of later lines. SUMMARY_OFF: text, for a user who runs the writer by hand. */
void say_mode(enum summary_mode mode);

/**
 * Sets the process that later lines are about: its program (NULL: unknown), its pid, and the NAME of its
 * core. Does not copy the texts.
 */
void say_of(const char *exe, int64_t pid, const char *id);

/** Writes "crumple: " and the text as a line, cleaned. */
void say_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Adds the line that say_line would write. */
void say_compose(const char *text, size_t size, struct buffer *out);

/** Writes whole lines, as many as the reader takes without delay. Signal-safe. */
void say_bytes(const char *text, size_t size);

#endif
