/* SPDX-License-Identifier: MIT */
/* The member 'signal' of report.json. */
#ifndef CRUMPLE_WRITER_REPORT_SIGNAL_H
#define CRUMPLE_WRITER_REPORT_SIGNAL_H

#include "buffer.h"
#include "crash.h"

void report_signal_json(const struct crash *crash, struct buffer *out);

#endif
