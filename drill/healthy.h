/* SPDX-License-Identifier: MIT */
/* A server into which nothing is injected: whether the commands of the drill work at all, and what a healthy end is. */
#ifndef CRUMPLE_DRILL_HEALTHY_H
#define CRUMPLE_DRILL_HEALTHY_H

#include "drill.h"
#include "sites/pool.h"

/** Start the server once, with load, oracle and capacity, and end it by SIGTERM. pool: one that was read from a file, to
 * be compared with what the server has mapped, or NULL. Returns 0 or a negative errno with a message for people. */
int drill_healthy_measure(const struct drill_plan *plan, const struct drill_pool *pool,
                          struct drill_healthy *ret_healthy, char ret_message[static DRILL_MESSAGE_BYTES]);

#endif
