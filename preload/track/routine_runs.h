/* SPDX-License-Identifier: MIT */
/*
 * Safe file: breaker, restarts and parking of each routine. A routine is named by its index + 1 in the table
 * of routines/table.h, 0 is none and always admitted.
 *
 * A request is one run of the routine. It is admitted by safe_routines_allow(), which tells the generation to
 * hand back with the result: success when it returns (or has been up for 60 s: nobody need report that),
 * failure for a contained fault, excluded when it was cancelled or the process exits.
 *
 * Guarded by one lock of base/lock.h; whoever does not get it is admitted, or the result is dropped and
 * counted.
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

/* Results dropped because the lock was not to be had. */
extern _Atomic uint32_t safe_routines_dropped;

/* Maps the lock. In the constructor, only with CRUMPLE_RECOVER. Returns 0 or a negative errno. */
int safe_routines_prepare(void);

/* A run is about to begin. False: its breaker does not admit it; with open=crash it begins all the same, with
 * generation 0, and its fault is a crash. */
bool safe_routines_allow(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation);
void safe_routines_done(uint16_t routine, uint64_t generation, uint64_t now_ns,
                        enum safe_breaker_result result);
/* True when a fault of this run is to be a crash: the breaker is open, or half-open and the run not one of
 * its probes. To be asked before safe_routines_done(). */
bool safe_routines_open(uint16_t routine, uint64_t generation, uint64_t now_ns);

/* Restarts in the window that ends now. */
uint32_t safe_routines_recent(uint16_t routine, uint64_t now_ns);
/* Records a restart. Returns how many there are in the window, this one included, and the delay before it. */
uint32_t safe_routines_restarted(uint16_t routine, uint64_t now_ns, uint64_t random, uint64_t *ret_delay_ns);

/* The thread stays off; it asks safe_routines_unpark() now and then, which is true when it may try again: a
 * half-open breaker admits it as a probe, or the breaker is closed and the window has room for a restart. */
void safe_routines_park(uint16_t routine);
bool safe_routines_unpark(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation);

/* The parked thread was cancelled. */
void safe_routines_cancelled(uint16_t routine);

/* The oldest change of state not yet told. False: none. Of more than 128 the oldest are lost. */
bool safe_routines_next_change(struct safe_routine_change *ret_change);

#endif
