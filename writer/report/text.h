/* SPDX-License-Identifier: MIT */
/* report.txt: the report for people. The cause comes in the first lines; no byte of it can control a
 * terminal. */
#ifndef CRUMPLE_WRITER_REPORT_TEXT_H
#define CRUMPLE_WRITER_REPORT_TEXT_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the report to out; on lack of memory out->failed is set. */
void report_text_write(const struct crash *crash, struct buffer *out);

#endif
