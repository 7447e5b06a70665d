/* SPDX-License-Identifier: MIT */
/*
 * Safe file: breaker, restarts and parking of each routine. A routine is named by its index + 1 in the table
 * of routines/table.h, 0 is none and always admitted.
 *
 * A request is one run of the routine. safe_routines_allow() admits it and returns the generation that the
 * caller hands back with the result: success if the routine returns (or has run for 60 s, without a report),
 * failure for a contained fault, excluded if the thread was cancelled or the process exits.
 *
 * Guarded by one lock of base/lock.h; a caller that does not get the lock is admitted, or its result is
 * dropped.
 */
#ifndef PRELOAD_TRACK_ROUTINE_RUNS_H
#define PRELOAD_TRACK_ROUTINE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "routines/table.h"

struct safe_routine_change {
    uint16_t routine; /* index + 1 */
    uint8_t from, to; /* enum safe_breaker_state */
    uint64_t time_ns; /* CLOCK_MONOTONIC */
};

/* Results dropped because the lock was busy. */
extern _Atomic uint32_t safe_routines_dropped;

/* Maps the lock. In the constructor, only with CRUMPLE_RECOVER. Returns 0 or a negative errno. */
int safe_routines_prepare(void);

/* A run is about to begin. False: the breaker does not admit it; with open=crash the run begins anyway, with
 * generation 0, and a fault in it is a crash. */
bool safe_routines_allow(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation);
void safe_routines_done(uint16_t routine, uint64_t generation, uint64_t now_ns,
                        enum safe_breaker_result result);
/* True if a fault of this run must be a crash: the breaker is open, or it is half-open and the run is not one
 * of its probes. Call it before safe_routines_done(). */
bool safe_routines_open(uint16_t routine, uint64_t generation, uint64_t now_ns);

/* Restarts in the window that ends now. */
uint32_t safe_routines_recent(uint16_t routine, uint64_t now_ns);
/* Records a restart. Returns the number of restarts in the window, this one included, and the delay before
 * it. */
uint32_t safe_routines_restarted(uint16_t routine, uint64_t now_ns, uint64_t random, uint64_t *ret_delay_ns);

/* The thread stays off and calls safe_routines_unpark() now and then. True: it may try again, because a
 * half-open breaker admits it as a probe, or the breaker is closed and the window has room for a restart. */
void safe_routines_park(uint16_t routine);
bool safe_routines_unpark(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation);

/* The parked thread was cancelled. */
void safe_routines_cancelled(uint16_t routine);

/* Returns the oldest unreported state change. False: none. Of more than 128 the oldest are lost. */
bool safe_routines_next_change(struct safe_routine_change *ret_change);

#endif
