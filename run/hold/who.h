/* SPDX-License-Identifier: MIT */
/*
 * Who asks over the socket, which anybody of this network namespace can connect to. Only descendants of this process are answered: the
 * kernel tells their number (SO_PEERCRED), and /proc their parents.
 */
#ifndef CRUMPLE_RUN_HOLD_WHO_H
#define CRUMPLE_RUN_HOLD_WHO_H

#include <stdbool.h>
#include <sys/types.h>

struct who {
    pid_t pid;
    uid_t uid; /* the effective one when it connected */
};

/** The process at the other end. server: a child of this process, for whom /proc need not be read; 0: none. Returns 0, or -EPERM: it is none of
 * this process's descendants, or of another PID namespace; or another negative errno: that cannot be known, without a free descriptor. */
int who_asks(int fd, pid_t server, struct who *ret);

/**
 * Whether it may have the sockets of this server: the server's own user, as it is or as it was (kept), or this process's. A server that has dropped its
 * rights may start programs of other users (CGI), which are not to get a listening socket of port 80.
 */
bool who_is_of_server(const struct who *who, pid_t server, uid_t kept);

/** Whether it is a daemon that this process has adopted: a session leader, and a child of this process. */
bool who_is_adopted(const struct who *who);

/** Whether the process runs. False: it is gone, or dead. */
bool who_runs(pid_t pid);

/** False: this child runs, or was ended by a signal or with another status than 0. True: with status 0, or it was reaped. */
bool who_may_have_left_a_daemon(pid_t pid);

/** Whether it is a child of this process, and goes by the name of hold helpers. */
bool who_is_stray(pid_t pid);

/** Whether this process may believe that the other one is its hold helper: a child of this process, and of its user, who could send it a
 * SIGKILL himself. */
bool who_has_helper(const struct who *who, pid_t helper);

#endif
