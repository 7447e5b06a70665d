/* SPDX-License-Identifier: MIT */
#ifndef CRUMPLE_RUN_BASE_CLOCK_H
#define CRUMPLE_RUN_BASE_CLOCK_H

#include <stdint.h>

/** The clock of deadlines: CLOCK_MONOTONIC in microseconds. */
int64_t clock_us(void);

/** The clock of reports: CLOCK_REALTIME in nanoseconds. */
uint64_t clock_real_ns(void);

#endif
