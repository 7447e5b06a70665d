/* SPDX-License-Identifier: MIT */
/* The registers of a frame in report.json: what 'crumple show --locals' needs to find variables without an
 * unwinder. */
#ifndef CRUMPLE_WRITER_REPORT_FRAME_JSON_H
#define CRUMPLE_WRITER_REPORT_FRAME_JSON_H

#include "crash/crash.h"

/** The member 'registers' of a frame of the faulting thread: those that are known, rip and rsp aside.
 * Nothing for the first frame, whose registers are the thread's, and for a crash whose bundle has no core. */
void frame_registers_json(const struct crash *crash, size_t index, struct buffer *out);

#endif
