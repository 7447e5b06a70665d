/* SPDX-License-Identifier: MIT */
/* What is asked of a server at its end, healthy or not: its clients, its capacity, and whether it stops. */
#ifndef CRUMPLE_DRILL_CHECKS_H
#define CRUMPLE_DRILL_CHECKS_H

#include "drill.h"
#include "server.h"

/** End the load and hear how it went. Returns 1: well, 0: somebody was not served, or the load does not end; -EINTR. */
int drill_checks_load(struct drill_server *server, struct drill_innocents *ret_innocents);
/** How many clients the server serves at a time, as the plan's command says (0 where it gives no number); -1 without such a
 * command. Returns 0 or -EINTR. */
int drill_checks_capacity(struct drill_server *server, int64_t *ret_capacity);
/** Send SIGTERM to a server that runs free, and wait. Returns 1: it ended, 0: not in time; -EINTR. */
int drill_checks_stop(struct drill_server *server, int64_t limit_us, int64_t *ret_us);

/** "signal 11" or "status 0". */
void drill_checks_describe(int status, char text[static 32]);

#endif
