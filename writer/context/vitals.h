/* SPDX-License-Identifier: MIT */
/* What the process used at the fault, by its notes and by its control groups. */
#ifndef CRUMPLE_WRITER_CONTEXT_VITALS_H
#define CRUMPLE_WRITER_CONTEXT_VITALS_H

#include "crash/crash.h"

/** Fills crash->vitals, and of crash->host what stands in the same note. */
void vitals_gather(struct crash *crash);

/** The number behind "KEY:" in a file such as /proc/PID/status, in units of KEY's line; VITALS_UNKNOWN: it is not there. */
int64_t vitals_status(struct core_span text, const char *key);

/** The soft limit in the line "Max open files" of /proc/PID/limits; VITALS_UNKNOWN: it is not there, or there is none. */
int64_t vitals_open_limit(struct core_span text);

#endif
