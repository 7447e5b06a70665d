/* SPDX-License-Identifier: MIT */
/* In reports: the variables of CRUMPLE_WATCH. */
#ifndef CRUMPLE_WRITER_REPORT_WATCH_REPORT_H
#define CRUMPLE_WRITER_REPORT_WATCH_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends 'watch' of the report, and of a thread: nothing without CRUMPLE_WATCH, and of a thread without thread-local ones. */
void watch_json(const struct crash *crash, struct buffer *out);
void watch_thread_json(const struct crash *crash, size_t index, struct buffer *out);

/** Appends the line of the head, and one for each variable that could not be read. */
void watch_text(const struct crash *crash, struct buffer *out);

#endif
