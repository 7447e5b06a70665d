/* SPDX-License-Identifier: MIT */
/* The runs of a drill, some at a time. */
#ifndef CRUMPLE_DRILL_JOBS_H
#define CRUMPLE_DRILL_JOBS_H

#include "drill.h"
#include "sites/pool.h"

/** Called in the order in which runs end. Returns false to start no more. */
typedef bool drill_listener(const struct drill_result *result, void *context);

/**
 * Draw sites from the pool until the plan's number of runs was activated, or no site is left. repeat_one:
 * draw the first site again and again instead. Returns 0, -EINTR, or another negative errno.
 */
int drill_jobs(const struct drill_plan *plan, const struct drill_pool *pool, bool repeat_one,
               drill_listener *listener, void *context);

#endif
