/* SPDX-License-Identifier: MIT */
/* What only the report of an event 'logged' has, and the last log lines of a server that died: docs/bundle-format.md. */
#ifndef CRUMPLE_WRITER_REPORT_LOGGED_REPORT_H
#define CRUMPLE_WRITER_REPORT_LOGGED_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the members "logged" and "tags" of report.json: of an event 'logged', and tags of a goroutine that ended the process. */
void logged_json(const struct crash *crash, struct buffer *out);

/** Appends the members "how" and "tags" alone: of a line in crashes.ndjson. */
void logged_json_line(const struct crash *crash, struct buffer *out);

/** Appends the same tags to report.txt, and the stack of an event 'logged'. */
void logged_text(const struct crash *crash, struct buffer *out);

/** Appends the rest of the one line on stderr. path: of the bundle, or NULL: there is none. */
void logged_summary(const struct crash *crash, const char *path, struct buffer *out);

/** Appends the member "last_logged" of report.json; nothing if no line is known. */
void last_logged_json(const struct crash *crash, struct buffer *out);

/** Appends these lines to report.txt. */
void last_logged_text(const struct crash *crash, struct buffer *out);

#endif
