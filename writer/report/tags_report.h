/* SPDX-License-Identifier: MIT */
/* Tags, and the events that the program has told, in reports and lines. */
#ifndef CRUMPLE_WRITER_REPORT_TAGS_REPORT_H
#define CRUMPLE_WRITER_REPORT_TAGS_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

#define TAGS_LINE_BYTES 2048 /* of crashes.ndjson; what is beyond is left out there */

/** The member 'tags' of the report: all of them; nothing if there is none (an error that was logged always has the member). */
void report_tags_json(const struct crash *crash, struct buffer *out);
/** The same of a line in crashes.ndjson and on stderr, in TAGS_LINE_BYTES. */
void report_tags_line(const struct crash *crash, struct buffer *out);
/** Of the report's thread at index: its own. */
void report_tags_thread_json(const struct crash *crash, size_t index, struct buffer *out);
/** "name=value, name=value", cut after so many bytes; false: there is none. */
bool report_tags_words(const struct crash *crash, size_t most, struct buffer *out);
/** The line of report.txt. */
void report_tags_text(const struct crash *crash, struct buffer *out);

void told_events_json(const struct crash *crash, struct buffer *out);
void told_events_text(const struct crash *crash, struct buffer *out);

#endif
