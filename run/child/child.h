/* SPDX-License-Identifier: MIT */
/* The server's process: its start, and how it ended. */
#ifndef CRUMPLE_RUN_CHILD_CHILD_H
#define CRUMPLE_RUN_CHILD_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "child/signals.h"

struct child_plan {
    const char *path;    /* what is executed */
    char *const *argv;   /* ends with NULL */
    bool own_group;      /* a process group of its own, in the foreground of the terminal */
    int output[2];       /* descriptors that become its stdout and stderr; -1: those of this process */
    bool all_goroutines; /* GOTRACEBACK=all, in the child alone */
    bool finishes;       /* CRUMPLE_RUN_FINISHES, in the child alone */
    const char *hold;    /* CRUMPLE_RUN_HOLD, in the child alone; NULL: it is not set */
};

/**
 * Starts the child in this process's environment, with the signal mask and dispositions that this process was started with. Returns 0 when the program
 * runs, and its number in *ret_pid; or a negative errno: of fork, or of exec, then *ret_is_exec is true.
 */
int child_start(const struct child_plan *plan, const struct signals *signals, pid_t *ret_pid,
                bool *ret_is_exec);

/**
 * Gives the terminal to the server's process group. False: this process's group does not have it. This process's own
 * SIGTTOU is blocked.
 */
bool child_give_terminal(pid_t server);

/** Takes the terminal back, if the server's process group has it: who started this process reads from it next. */
void child_take_terminal(pid_t server);

/** How a process ended: status is that of exit, or the signal. */
struct child_end {
    bool by_signal, has_core;
    int status;
};

/** The status for a supervisor: that of exit, or 128 and the signal. */
int child_end_status(const struct child_end *end);

#endif
