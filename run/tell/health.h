/* SPDX-License-Identifier: MIT */
/* --health: whether the server serves, over HTTP, for whoever checks its health. */
#ifndef CRUMPLE_RUN_TELL_HEALTH_H
#define CRUMPLE_RUN_TELL_HEALTH_H

#include "tell/http.h"

#define HEALTH_CAUSE_BYTES 512

struct health {
    struct http http;
    pid_t server;
    unsigned restarts;
    int64_t since_us;               /* CLOCK_MONOTONIC: of the server's start, or of its death */
    char cause[HEALTH_CAUSE_BYTES]; /* "": the server runs */
};

/** Listens on ADDR:PORT; NULL: not asked for. What cannot be is said, and http.fd is -1. */
void health_begin(struct health *ret, const char *address);

/** The server runs: 200. */
void health_up(struct health *health, pid_t server, unsigned restarts);

/** Nobody serves: 503 and the cause, which may be foreign text. May be called again with better words: the time is that of the first
 * call. */
void health_down(struct health *health, const char *cause);

/** Takes one connection, if there is one. Any path, GET and HEAD. */
void health_accept(struct health *health);

#endif
