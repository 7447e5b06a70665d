/* SPDX-License-Identifier: MIT */
/* Containment in reports: the attempt to end a thread instead of the process. */
#ifndef CRUMPLE_WRITER_REPORT_CONTAINMENT_H
#define CRUMPLE_WRITER_REPORT_CONTAINMENT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the member 'recovery'; nothing if no rule of CRUMPLE_RECOVER named the thread. */
void recovery_json(const struct crash *crash, struct buffer *out);

/** Appends one sentence for people, without the end of the line, or nothing. */
void recovery_words(const struct crash *crash, struct buffer *out);

#endif
