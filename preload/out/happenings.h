/* SPDX-License-Identifier: MIT */
/*
 * Events of a server that goes on, on their way to crashes.ndjson: the thread concerned notes them, the
 * keeper writes them. track/peers and track/routine_runs keep changes of breakers and refused connections; a
 * ring here keeps the rest, and loses its oldest events if the keeper does not write.
 */
#ifndef CRUMPLE_PRELOAD_OUT_HAPPENINGS_H
#define CRUMPLE_PRELOAD_OUT_HAPPENINGS_H

#include <stdbool.h>
#include <stdint.h>

void safe_happened_restart(uint16_t routine, uint64_t delay_ns, uint32_t attempt);
void safe_happened_parked(uint16_t routine, bool parked);
void safe_happened_escalation(const char *reason);

/** In the keeper. True if events are waiting. */
bool safe_happenings_pending(void);
/** In the keeper. Writes all waiting events. open_dir returns the crash directory's descriptor and is called
 * only if there are events. last: also writes the counts that are otherwise written once a second. True: it
 * wrote. */
bool safe_happenings_write(int (*open_dir)(void), bool last);

#endif
