/* SPDX-License-Identifier: MIT */
/*
 * The breakers of peers, which outlive a server: the memory of their table (share/peer_table.h), which each life maps. The server's
 * shim counts and refuses (preload/contain/culprit.h, hooks/redirected/accepts.c); here its events are written. The server may write
 * anything into this memory. For crumple-run's one thread; nothing blocks.
 */
#ifndef CRUMPLE_RUN_HOLD_PEERS_H
#define CRUMPLE_RUN_HOLD_PEERS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "settings.h"

struct peer_table;

struct hold_peers {
    int fd; /* of the memory, close-on-exec; -1: there is none, and the functions do nothing */
    struct peer_table *table;
    const struct crumple_settings *given;
    pid_t server;       /* of the last life */
    char exe[PATH_MAX]; /* its program, as reports name it */
    pid_t writer;       /* a process that writes events; 0: none */
    uint32_t opened;    /* breakers, when the life began */
    int64_t due_us;     /* CLOCK_MONOTONIC: when the next one may */
    bool was_locked;    /* the table, at the last step */
};

/** Makes the memory, where CRUMPLE_BREAKER has peer=on. What fails is said, and peers are not remembered. */
void hold_peers_begin(struct hold_peers *ret);

/** exe: the program, as reports name it. */
void hold_peers_life_began(struct hold_peers *peers, pid_t server, const char *exe);

/** True if a breaker has opened since the life began: a peer that has struck is refused from now on. */
bool hold_peers_have_opened(const struct hold_peers *peers);

/** Lets the events be written, once a second at most. Returns the milliseconds until the next call; -1: none is needed. */
int hold_peers_step(struct hold_peers *peers, int64_t now_us);

/** True: the process that has ended was one of these. */
bool hold_peers_reaped(struct hold_peers *peers, pid_t pid);

/** The last life is over: what is left is written, and waited for, for 0.3 s at most. */
void hold_peers_end(struct hold_peers *peers);

#endif
