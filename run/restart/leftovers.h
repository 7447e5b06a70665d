/* SPDX-License-Identifier: MIT */
/*
 * What a dead server has left: workers of a master that was killed, a daemon. The kernel has made them children of crumple-run
 * (PR_SET_CHILD_SUBREAPER, or PID 1). With their sockets they would answer beside the next life, or be in the way of its bind.
 */
#ifndef CRUMPLE_RUN_RESTART_LEFTOVERS_H
#define CRUMPLE_RUN_RESTART_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LEFTOVERS_MAX 1024

struct leftover {
    pid_t pid, session;
    unsigned long long start; /* clock ticks since boot */
};

/* Whose they are. */
struct leftovers_of {
    pid_t self, server; /* crumple-run; the server that is dead */
    const char *run_id; /* CRUMPLE_RUN_ID of the server */
    bool (*is_other)(void *context,
                     const struct leftover *one); /* none of the server's: NULL, there are none */
    void *context;
};

/** Finds the server's processes among the children of crumple-run. Not among them are helpers of crumple's, commands of --on-bundle, and as
 * PID 1 what 'docker exec' has left. Returns how many there are, LEFTOVERS_MAX at most. */
size_t leftovers_find(const struct leftovers_of *of, struct leftover *ret, size_t max);

/** The daemon that a server has become: it has a session of its own, which it leads, or the first one did that was forked. NULL:
 * there is none. A plain function. session: of crumple-run. */
const struct leftover *leftovers_daemon(const struct leftover *all, size_t count, pid_t session);

/** How a program of that name is asked to end, where --stop-signal does not say it: SIGTERM; SIGQUIT where that one ends it after the
 * requests that are open. A plain function. */
int leftovers_signal(const char *name);

#endif
