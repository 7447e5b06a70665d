/* SPDX-License-Identifier: MIT */
/* --health: whether the server serves, over HTTP, for whoever checks its health. */
#ifndef CRUMPLE_RUN_TELL_HEALTH_H
#define CRUMPLE_RUN_TELL_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HEALTH_CAUSE_BYTES 512
#define HEALTHS_MAX        8 /* answers at a time */

struct health {
    int fd; /* that listens; -1: none */
    pid_t server;
    unsigned restarts;
    int64_t since_us;               /* CLOCK_MONOTONIC: of the server's start, or of its death */
    char cause[HEALTH_CAUSE_BYTES]; /* empty: the server runs */
};

/** Listens on ADDR:PORT; NULL: not asked for. What cannot be is said, and fd is -1. */
void health_begin(struct health *ret, const char *address);

/** The server runs: 200, "ok". */
void health_up(struct health *health, pid_t server, unsigned restarts);

/** Nobody serves: 503 and the cause, which may be foreign text. May be called again with better words: the time is that of the first
 * call. */
void health_down(struct health *health, const char *cause);

/** Takes one connection, if there is one, when poll says so of fd. A process of its own answers it. */
void health_accept(struct health *health);

/** Milliseconds until connections are taken again: until then fd is not to be polled. -1: they are taken. */
int health_rest(const struct health *health);

/** True if the process that has ended had answered one. */
bool health_reaped(struct health *health, pid_t pid);

#endif
