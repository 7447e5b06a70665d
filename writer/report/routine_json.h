/* SPDX-License-Identifier: MIT */
/* What a thread runs: its start routine, and what that one has called. */
#ifndef CRUMPLE_WRITER_REPORT_ROUTINE_JSON_H
#define CRUMPLE_WRITER_REPORT_ROUTINE_JSON_H

#include "base/buffer.h"
#include "crash/crash.h"

/** Adds the members "routine" and "callable" of a thread, each a name, MODULE+0xOFFSET as rules take it, or null. */
void routine_json(const struct crash *crash, size_t index, struct buffer *out);

/** Adds the member "routine" for the place, in the same form. */
void routine_json_name(const struct place *place, struct buffer *out);

/** What the thread runs: its routine, or what that has called, if the routine belongs to a runtime. NULL: not known. */
const struct place *routine_find(const struct crash *crash, size_t index);

#endif
