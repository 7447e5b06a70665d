/* SPDX-License-Identifier: MIT */
/* In reports: what the process was doing. */
#ifndef CRUMPLE_WRITER_REPORT_CONTEXT_H
#define CRUMPLE_WRITER_REPORT_CONTEXT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the members of the report that stand before 'threads': tags, watch, vitals, place. */
void context_json(const struct crash *crash, struct buffer *out);

/** Appends the members of a thread: tags, watch, blocked, locks. */
void context_thread_json(const struct crash *crash, size_t index, struct buffer *out);

/** Appends the members that stand behind 'threads', because they may be long: events, logs. */
void context_long_json(const struct crash *crash, struct buffer *out);

/** Appends the lines of report.txt's head, and what follows the stacks. */
void context_text(const struct crash *crash, struct buffer *out);
void context_long_text(const struct crash *crash, struct buffer *out);

#endif
