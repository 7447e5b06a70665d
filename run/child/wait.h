/* SPDX-License-Identifier: MIT */
/* Children of this process: the server, and whoever the kernel gave it as an orphan. */
#ifndef CRUMPLE_RUN_CHILD_WAIT_H
#define CRUMPLE_RUN_CHILD_WAIT_H

#include "child/child.h"

enum wait_result { WAIT_RUNS, WAIT_STOPPED, WAIT_ENDED };

/** Reaps all that have ended. WAIT_ENDED: the server is among them, and *ret_end is its end. WAIT_STOPPED: the server
 * was stopped by a signal. with_lines: says a line for each orphan. */
enum wait_result wait_reap(pid_t server, bool with_lines, struct child_end *ret_end);

#endif
