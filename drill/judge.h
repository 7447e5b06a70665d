/* SPDX-License-Identifier: MIT */
/* What came of a fault, and of a server at its end. */
#ifndef CRUMPLE_DRILL_JUDGE_H
#define CRUMPLE_DRILL_JUDGE_H

#include "run.h"

/** Watch what comes of the latest fault, and fill in the result. Returns 0 or -EINTR. */
int drill_judge(struct drill_run *run);
/** After the last fault: if the server lives, hear the load; if something was contained, count the clients that it serves
 * and send SIGTERM. Returns 0 or -EINTR. */
int drill_judge_end(struct drill_run *run);

/** The result of a server that is dead. Returns 0 or -EINTR. */
int drill_judge_death(struct drill_run *run);
/** Whether the server is dead or dying: then that is what counts. Returns 1, 0 or -EINTR. */
int drill_judge_is_dying(struct drill_run *run);
/** Set outcome and detail; an unclean one says after how many faults. */
__attribute__((format(printf, 3, 4))) void
drill_judge_conclude(struct drill_run *run, enum drill_outcome outcome, const char *format, ...);
/** Whether a flipped bit raised no fault: then no handler could see it. */
bool drill_judge_is_outside(const struct drill_run *run);

#endif
