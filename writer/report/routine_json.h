/* SPDX-License-Identifier: MIT */
/* What a thread runs: its start routine, and what that one has called. */
#ifndef CRUMPLE_WRITER_REPORT_ROUTINE_JSON_H
#define CRUMPLE_WRITER_REPORT_ROUTINE_JSON_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Adds the members "routine" and "callable" of a thread, each a name, MODULE+0xOFFSET as rules take it, or null. */
void routine_json(const struct crash *crash, size_t index, struct buffer *out);

#endif
