/* SPDX-License-Identifier: MIT */
/*
 * What happens in a server that goes on and is to stand in crashes.ndjson: noted where it happens, written by
 * the keeper. Changes of breakers and refused connections are kept by safe_peers and safe_routines; the rest
 * lies in a ring here, which loses its oldest when nobody writes.
 */
#ifndef PRELOAD_OUT_HAPPENINGS_H
#define PRELOAD_OUT_HAPPENINGS_H

#include <stdbool.h>
#include <stdint.h>

void safe_happened_restart(uint16_t routine, uint64_t delay_ns, uint32_t attempt);
void safe_happened_parked(uint16_t routine, bool parked);
void safe_happened_escalation(const char *reason);

/* By the keeper. */
bool safe_happenings_pending(void);
/* Writes what there is; open_dir: the crash directory's descriptor, asked for once there is something. last:
 * also the counts that are written once a second. True: something was written. */
bool safe_happenings_write(int (*open_dir)(void), bool last);

#endif
