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

#include "hold/held.h"
#include "hold/peers.h"
#include "hold/who.h"
#include "options/options.h"

#define HOLD_CLIENTS_MAX    16 /* connections at a time */
#define HOLD_FDS_MAX        (1 + HOLD_CLIENTS_MAX)
#define HOLD_GOING_MAX      8
#define HOLD_NOTED_MAX      4
#define HOLD_NAME_BYTES     48
#define HOLD_VARIABLE_BYTES 96

struct hold_client {
    int fd; /* -1: the place is free */
    struct who who;
    int64_t deadline_us;
    int lent; /* a copy of the socket that was sent, until the asker says that it has come; -1: none */
};

/* Of a process that may be the server, if this process adopts it as a daemon. */
struct hold_noted {
    pid_t helper, owner; /* 0: a free place */
};

struct hold {
    int fd; /* that answers; -1: nothing is held */
    char name[HOLD_NAME_BYTES];
    bool makes_helpers; /* not with --no-hold */
    int64_t hold_max_us;

    pid_t server;                /* of the life; 0: none */
    uid_t server_uid;            /* when its own process made a helper */
    bool is_released;            /* of this life nothing is held any more */
    pid_t helper, helper_owner;  /* 0: none */
    pid_t going[HOLD_GOING_MAX]; /* helpers that were killed, until they are reaped */
    struct hold_noted noted[HOLD_NOTED_MAX];
    bool is_handing;                        /* the helper was asked for the sockets */
    int64_t handing_ends_us, going_ends_us; /* patience with a helper that was asked, that was killed */
    int64_t died_us;
    unsigned handed; /* sockets, since then */

    struct hold_client clients[HOLD_CLIENTS_MAX];
    int64_t rests_until_us; /* no connection can be taken; 0: they are */
    struct held_set held;
    struct hold_peers peers;
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

/** The server runs: its program was executed. */
void hold_life_began(struct hold *hold, pid_t server, const char *exe);

/** The server's own process has ended, and has left the server behind, a daemon that this process has adopted: in place of
 * hold_server_died() and hold_life_began(). */
void hold_adopted(struct hold *hold, pid_t server);

/** After hold_release(), when no life follows: the events of peers are written to their end. */
void hold_end(struct hold *hold);

/** In a process that was forked: closes its copies. One that outlives the fork must not keep a socket that the next life has. */
void hold_forget(struct hold *hold);

/** Descriptors to poll, HOLD_FDS_MAX at most. Returns their number. */
int hold_fds(const struct hold *hold, struct pollfd *ret, int max);

/** Answers what waits, closes what is due. In each turn of a loop that polls. Returns the milliseconds until the next; -1: none. */
int hold_step(struct hold *hold, int64_t now_us);

/** True: the process is a hold helper, a child that is no orphan of the server's. */
bool hold_is_helper(const struct hold *hold, pid_t pid);

/** While no server lives: kills a helper that the last one had no time to name. True: this child was one. */
bool hold_end_stray(struct hold *hold, pid_t pid);

/** True: the process that has ended was a hold helper, or writes events of peers. */
bool hold_reaped(struct hold *hold, pid_t pid);

/** The server was reaped: asks its helper for the listening sockets. */
void hold_server_died(struct hold *hold, pid_t server, int64_t now_us);

/** True: nothing remains of the dead server's descriptors but what is held. The next life may start. False: hold_step() goes on, for
 * half a second at most, and the end of the helper is to be reaped. */
bool hold_is_handed(const struct hold *hold);

/** Kills the helper, closes all sockets, and holds nothing until the next life: before SIGTERM or SIGINT is sent on, after status 0, at
 * the limit. */
void hold_release(struct hold *hold);

/** Of the last death. */
struct hold_counts hold_counts(const struct hold *hold);

#endif
