/* SPDX-License-Identifier: MIT */
/* The member 'signal' of report.json. */
#ifndef CRUMPLE_WRITER_REPORT_JSON_SIGNAL_H
#define CRUMPLE_WRITER_REPORT_JSON_SIGNAL_H

#include "base/buffer.h"
#include "crash/crash.h"

void report_signal_json(const struct crash *crash, struct buffer *out);

#endif
