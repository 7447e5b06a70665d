/* SPDX-License-Identifier: MIT */
/* The last lines of log files, in reports, without what looks secret. */
#ifndef CRUMPLE_WRITER_REPORT_LOGS_REPORT_H
#define CRUMPLE_WRITER_REPORT_LOGS_REPORT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the member 'logs'; nothing without CRUMPLE_LOGS. */
void logs_json(const struct crash *crash, struct buffer *out);

/** Appends the last lines of each file. */
void logs_text(const struct crash *crash, struct buffer *out);

#endif
