/* SPDX-License-Identifier: MIT */
/* --health: whether the server serves, over HTTP, for whoever checks its health. */
#ifndef CRUMPLE_RUN_TELL_HEALTH_H
#define CRUMPLE_RUN_TELL_HEALTH_H

#include <stddef.h>

#include "tell/http.h"

#define HEALTH_CAUSE_BYTES 512

struct health {
    struct http http;
    pid_t server;
    unsigned restarts;
    int64_t since_us;               /* CLOCK_MONOTONIC: of the server's start, or of its death */
    char cause[HEALTH_CAUSE_BYTES]; /* "": the server runs */
    bool (*find_title)(void *context, char *ret, size_t bytes);
    void *context;
};

/**
 * Listens on ADDR:PORT; NULL: not asked for. What cannot be is said, and http.fd is -1. find_title is called in a process that answers while
 * nobody serves, and may wait: better words for the cause. False: there are none yet.
 */
void health_begin(struct health *ret, const char *address,
                  bool (*find_title)(void *context, char *ret, size_t bytes), void *context);

/** The server runs: 200. */
void health_up(struct health *health, pid_t server, unsigned restarts);

/** Nobody serves: 503 and the cause. */
void health_down(struct health *health, const char *cause);

/** Takes one connection, if there is one. Any path, GET and HEAD. */
void health_accept(struct health *health);

#endif
