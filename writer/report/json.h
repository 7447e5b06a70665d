/* SPDX-License-Identifier: MIT */
/* report.json: what docs/bundle-format.md describes, in that order of members. */
#ifndef CRUMPLE_WRITER_REPORT_JSON_H
#define CRUMPLE_WRITER_REPORT_JSON_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Appends the report to out; on lack of memory out->failed is set. */
void report_json_write(const struct crash *crash, struct buffer *out);

/** Appends the member soft_errors. */
void report_json_soft_errors(const struct crash *crash, struct buffer *out);

/** Appends one frame as an object, an element of an array. */
void report_json_frame(const struct crash *crash, const struct frame *frame, struct buffer *out);

#endif
