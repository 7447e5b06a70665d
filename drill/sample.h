/* SPDX-License-Identifier: MIT */
/* Finding out where a server's threads execute. */
#ifndef CRUMPLE_DRILL_SAMPLE_H
#define CRUMPLE_DRILL_SAMPLE_H

#include "drill.h"
#include "sites/pool.h"

/**
 * Run server and load, single-step the threads, and give the pool of the sites they execute. Everything is
 * done in a child. Returns 0 or a negative errno, with a message for people;
 * -ECONNABORTED: the server died under the load, and its folder is kept.
 */
int drill_sample(const struct drill_plan *plan, struct drill_pool **ret_pool,
                 char ret_message[static DRILL_MESSAGE_BYTES]);

#endif
