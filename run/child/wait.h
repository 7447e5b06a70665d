/* SPDX-License-Identifier: MIT */
/* Children of this process: the server, and whoever the kernel gave it as an orphan. */
#ifndef CRUMPLE_RUN_CHILD_WAIT_H
#define CRUMPLE_RUN_CHILD_WAIT_H

#include "child/child.h"

enum wait_result { WAIT_RUNS, WAIT_STOPPED, WAIT_NO_TERMINAL, WAIT_ENDED };

/* Processes of crumple-run's own. 'ended' returns true if the pid was one of them. */
struct wait_helpers {
    bool (*ended)(void *context, pid_t pid, int wait_status);
    void *context;
};

/**
 * Reaps all that have ended. WAIT_ENDED: the server is among them, and *ret_end is its end. WAIT_STOPPED: a terminal's
 * signal stopped the server; WAIT_NO_TERMINAL: it did since the server has the terminal no more. SIGSTOP is nobody's
 * job control, and who sends it to the server continues the server alone. with_lines: says a line for each orphan.
 */
enum wait_result wait_reap(pid_t server, bool with_lines, const struct wait_helpers *helpers,
                           struct child_end *ret_end);

#endif
