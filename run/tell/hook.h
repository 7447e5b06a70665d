/* SPDX-License-Identifier: MIT */
/* --on-bundle: a command of the operator's, once for each new bundle, one at a time. */
#ifndef CRUMPLE_RUN_TELL_HOOK_H
#define CRUMPLE_RUN_TELL_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HOOK_QUEUE_MAX 64 /* bundles that wait; more are left to a collector, and that is said */

struct hook {
    const char *command; /* NULL: there is none */
    int64_t limit_us;    /* for one command while the server runs; for all of them after its end */
    const char *preload; /* LD_PRELOAD as crumple-run was started with; NULL: it was not set */
    pid_t pid;           /* of the command that runs; 0: none */
    int64_t deadline_us; /* CLOCK_MONOTONIC */
    char *waiting[HOOK_QUEUE_MAX];
    unsigned waiting_count;
};

/** Puts the bundle with this path into the queue. */
void hook_add(struct hook *hook, const char *path);

/** Starts the next command if none runs; kills one that has taken too long. Returns the time of the next call in
 * milliseconds; -1: nothing runs. */
int hook_step(struct hook *hook);

/** The time is over: kills the command that runs, and says which bundles it is not run for. */
void hook_leave(const struct hook *hook);

/** True if the process that has ended was the command. A status other than 0 is said; the bundle stays. */
bool hook_reaped(struct hook *hook, pid_t pid, int wait_status);

#endif
