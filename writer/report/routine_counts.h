/* SPDX-License-Identifier: MIT */
/* How many threads run each routine: a leak of threads is one number here. */
#ifndef CRUMPLE_WRITER_REPORT_ROUTINE_COUNTS_H
#define CRUMPLE_WRITER_REPORT_ROUTINE_COUNTS_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Adds the member "routines": objects of "routine" and "count", the most first, sixteen at most; null is what is not known. */
void routine_counts_json(const struct crash *crash, struct buffer *out);

#endif
