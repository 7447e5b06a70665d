/* SPDX-License-Identifier: MIT */
/* What crumple-run answers to each kind of request, and to whom. */
#ifndef CRUMPLE_RUN_HOLD_REQUESTS_H
#define CRUMPLE_RUN_HOLD_REQUESTS_H

#include "hold/hold.h"

/** Answers the requests that wait, a few at a time. False: the connection is to be closed. */
bool request_serve(struct hold *hold, struct hold_client *client, int64_t now_us);

/** Kills a helper, a child that was not reaped. It is one until then. */
void hold_kill_helper(struct hold *hold, pid_t pid);

/** The noted helper of that process becomes the helper; the others are killed. 0: all are. */
void hold_choose_noted(struct hold *hold, pid_t owner);

/** Another helper, of another owner, takes the place of the one before it, which is killed: 0: none. */
void hold_replace_helper(struct hold *hold, pid_t helper, pid_t owner);

#endif
