/* SPDX-License-Identifier: MIT */
/* How often an error that the server only logs is told: the others are counted, and told as a number with the next one. */
#ifndef CRUMPLE_RUN_WATCH_LOGGED_LIMIT_H
#define CRUMPLE_RUN_WATCH_LOGGED_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event is a line of crashes.ndjson, which forgets what is older than its last 4 MiB. */
#define LOGGED_LIMIT_KINDS        64
#define LOGGED_LIMIT_BURST_MAX    20                /* told at once, of all kinds */
#define LOGGED_LIMIT_US           5000000           /* then one each */
#define LOGGED_LIMIT_FIRST        5                 /* of one kind, without a pause */
#define LOGGED_LIMIT_PAUSE_US     INT64_C(10000000) /* the first; each is twice the one before */
#define LOGGED_LIMIT_PAUSE_MAX_US INT64_C(120000000)
#define LOGGED_LIMIT_AS_NEW_US    INT64_C(300000000) /* after so long without one */

struct logged_kind {
    uint64_t key;     /* golang/log_key.h; 0: the place is free */
    int64_t told_us;  /* CLOCK_MONOTONIC */
    int64_t pause_us; /* from then on; 0: none */
    uint32_t told;    /* without a pause between them */
    uint32_t missed;  /* since then */
    char *text;       /* of the last one that was missed; owned; NULL: none */
    size_t size;
    uint8_t stream;
};

struct logged_limit {
    struct logged_kind kinds[LOGGED_LIMIT_KINDS];
    int64_t full_us; /* until when the tokens of all are spent: the generic cell rate algorithm */
};

/** The kind of that key; one that has not been told for longest makes room for a new one. NULL: all of them have something to tell. */
struct logged_kind *logged_limit_find(struct logged_limit *limit, uint64_t key);

/** Whether one of the kind may be told now. If so, it counts as told. */
bool logged_limit_take(struct logged_limit *limit, struct logged_kind *kind, int64_t now_us);

/** Microseconds until a kind may be told; 0: now. */
int64_t logged_limit_wait(const struct logged_limit *limit, const struct logged_kind *kind, int64_t now_us);

#endif
