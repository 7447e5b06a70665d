/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets of a dead server, from its death until its next life has them again (include/crumple_hold.h). While the server
 * lives, nothing is held: its hold helper, a child of this process that shares the server's descriptor table, hands them over at
 * the death. All functions are for crumple-run's one thread, never block, and do nothing where nothing is held (fd is -1).
 */
#ifndef CRUMPLE_RUN_HOLD_HOLD_H
#define CRUMPLE_RUN_HOLD_HOLD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "options/options.h"

#define HOLD_CLIENTS_MAX    16 /* connections at a time */
#define HOLD_FDS_MAX        (1 + HOLD_CLIENTS_MAX)
#define HOLD_VARIABLE_BYTES 96

struct hold {
    int fd;       /* that answers; -1: nothing is held */
    int peers_fd; /* the memory of the peers' table; -1: there is none */
};

struct hold_counts {
    unsigned held; /* sockets that the last server left */
    unsigned
        backlog_full; /* connections that the kernel has dropped since that death, because a backlog was full */
};

/** Before the first life. With --restart no, nothing is held; what cannot be is said, and nothing is held. */
void hold_begin(struct hold *ret, const struct run_settings *settings);

/** The value of CRUMPLE_RUN_HOLD for the life that is to start. False: the variable is not set for it. */
bool hold_variable(const struct hold *hold, bool is_next_life, char *ret, size_t bytes);

/** The server runs: its program was executed, or (daemons) this process has adopted it. */
void hold_life_began(struct hold *hold, pid_t server);

/** Descriptors to poll, HOLD_FDS_MAX at most. Returns their number. */
int hold_fds(const struct hold *hold, struct pollfd *ret, int max);

/** Answers what waits, closes what is due. In each turn of a loop that polls. Returns the milliseconds until the next; -1: none. */
int hold_step(struct hold *hold, int64_t now_us);

/** True: the process is a hold helper, and no orphan. */
bool hold_is_helper(const struct hold *hold, pid_t pid);

/** True: the process that has ended was a hold helper. */
bool hold_reaped(struct hold *hold, pid_t pid);

/** The server was reaped: asks its helper for the listening sockets. */
void hold_server_died(struct hold *hold, pid_t server, int64_t now_us);

/** True: nothing remains of the dead server's descriptors but what is held. The next life may start. False: hold_step() goes on, for
 * half a second at most, and the end of the helper is to be reaped. */
bool hold_is_handed(const struct hold *hold);

/** Kills the helper, closes all sockets, and holds nothing from now on: before SIGTERM or SIGINT is sent on, after status 0, at the
 * limit. */
void hold_release(struct hold *hold);

/** Of the last death. */
struct hold_counts hold_counts(const struct hold *hold);

#endif
