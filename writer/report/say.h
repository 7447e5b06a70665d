/* SPDX-License-Identifier: MIT */
/* What crumple-writer says on stderr, besides the summary: lines of text, or events 'trouble'
 * (docs/stderr.md). */
#ifndef WRITER_REPORT_SAY_H
#define WRITER_REPORT_SAY_H

#include <stddef.h>
#include <stdint.h>

#include "report/summary.h"

/** How lines are written from now on; SUMMARY_OFF: as text, for those who run the writer by hand. */
void say_mode(enum summary_mode mode);

/**
 * Which process later lines are about: its program (NULL: not known), its number, and the NAME of its core.
 * The texts are not copied.
 */
void say_of(const char *exe, int64_t pid, const char *id);

/** Writes "crumple: " and the text as a line, cleaned. */
void say_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Writes whole lines, as far as their reader takes them at once. */
void say_bytes(const char *text, size_t size);

#endif
