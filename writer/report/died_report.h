/* SPDX-License-Identifier: MIT */
/* What only the report of an event 'died' has: docs/bundle-format.md. */
#ifndef CRUMPLE_WRITER_REPORT_DIED_REPORT_H
#define CRUMPLE_WRITER_REPORT_DIED_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the members "signal" and "end" of report.json; nothing if the event is not 'died'. */
void died_json(const struct crash *crash, struct buffer *out);

/** Appends the memory to report.txt, and the last lines of output; nothing if the event is not 'died'. */
void died_text(const struct crash *crash, struct buffer *out);
void died_text_output(const struct crash *crash, struct buffer *out);

#endif
