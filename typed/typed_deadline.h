/* SPDX-License-Identifier: MIT */
/* Debug information may be damaged on purpose, or simply have gigabytes: whatever walks through it stops
 * in time. */
#ifndef CRUMPLE_TYPED_TYPED_DEADLINE_H
#define CRUMPLE_TYPED_TYPED_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/** Now, in milliseconds of CLOCK_MONOTONIC. */
int64_t typed_now_ms(void);

/** Whether a moment of that clock has passed; 0: there is no deadline. */
bool typed_is_late(int64_t deadline_ms);

#endif
