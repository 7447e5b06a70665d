/* SPDX-License-Identifier: MIT */
/*
 * The sockets that are held. Each leaves by one of three ways: to the next life, by the time of --hold-max, or because it would be in the
 * way of a bind. Never is one held twice, and never one that this process has inherited (systemd's LISTEN_FDS): it stays open anyway.
 */
#ifndef CRUMPLE_RUN_HOLD_HELD_H
#define CRUMPLE_RUN_HOLD_HELD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hold/key.h"

#define HELD_MAX      1024
#define INHERITED_MAX 256
#define HELD_REST_US                                                                                         \
    500000 /* after the last one of a group that was taken, the next life has of it what it wants */

struct held {
    int fd;
    struct crumple_hold_key key;
    ino_t socket; /* fstat(2): a socket and its copies have one, which no other has at the time */
    dev_t device; /* of the path of AF_UNIX */
    ino_t inode;
    uint32_t drops;    /* when it came, see held_drops() */
    int64_t closes_us; /* CLOCK_MONOTONIC */
    int64_t rest_us;   /* the same: another one of its group was taken, and it closes then; 0: none was */
};

struct held_set {
    struct held all[HELD_MAX];
    unsigned count;
    ino_t inherited[INHERITED_MAX];
    unsigned inherited_count;
    unsigned taken; /* by this life */
    uint32_t drops; /* of those that are held no more */
};

/** Notes the listening sockets that this process has itself. */
void held_begin(struct held_set *ret);

/** Takes the descriptor over: it is held, or closed if it is no socket to hold, or is held already. Returns whether it is held. */
bool held_add(struct held_set *set, int fd, int64_t closes_us);

/**
 * The socket for a bind to this address, the oldest of a SO_REUSEPORT group: the caller hands it on, and then calls held_taken(). NULL: there
 * is none, and those in the way of the bind are closed.
 */
struct held *held_find(struct held_set *set, const struct crumple_hold_key *wanted);

/** It was handed on: closes this process's copy. Of a SO_REUSEPORT group the rest is closed soon, if nobody asks for it: the kernel gives a part
 * of the clients to each member. */
void held_taken(struct held_set *set, struct held *held, int64_t now_us);

/** A life begins or has ended: none has taken anything. */
void held_forget_taken(struct held_set *set);

/** Whether this name in the file system is that of a held socket. */
bool held_has_name(const struct held_set *set, dev_t device, ino_t inode);

/** Closes those whose time is over. Returns their number. */
unsigned held_close_due(struct held_set *set, int64_t now_us);

/** When the next one is to be closed; -1: none is held. */
int64_t held_next_us(const struct held_set *set);

void held_close_all(struct held_set *set);

/** Connections that the kernel has dropped at these sockets since they are held, because a backlog was full. Of AF_UNIX: 0, there a client
 * waits or is told. */
unsigned held_drops(const struct held_set *set);

#endif
