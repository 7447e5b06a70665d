/* SPDX-License-Identifier: MIT */
/*
 * Events as lines of JSON. In crashes.ndjson they record the life of a process that goes on
 * (docs/bundle-format.md has their members), and the counters of crumple.prom are derived from these lines
 * and from nothing else. On stderr (CRUMPLE_STDERR=json, docs/stderr.md) the same members have the same
 * names.
 */
#ifndef CRUMPLE_PRELOAD_OUT_EVENTS_H
#define CRUMPLE_PRELOAD_OUT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct safe_text;

enum safe_event_kind {
    SAFE_EVENT_CRASH = 0,     /* beyond the budget of bundles, or where no writer could run */
    SAFE_EVENT_CONTAINED = 1, /* likewise: with a bundle it is crumple-writer that writes the line */
    SAFE_EVENT_BREAKER = 2,
    SAFE_EVENT_RESTART = 3,
    SAFE_EVENT_PARKED = 4,
    SAFE_EVENT_UNPARKED = 5,
    SAFE_EVENT_PEER_REFUSED = 6,
    SAFE_EVENT_ESCALATED = 7,
    SAFE_EVENT_EXIT = 8,   /* stderr only: an exit that the writer could not report */
    SAFE_EVENT_TROUBLE = 9 /* stderr only: a problem of crumple itself */
};

/* An event. Its kind decides which members the line has; a NULL text becomes null. Texts may contain any
 * bytes. */
struct safe_event {
    uint8_t kind;    /* enum safe_event_kind */
    bool for_stderr; /* the line has the head that stderr's lines share, and its texts are cut to fit 4 KiB */
    int32_t signo;   /* CRASH, CONTAINED */
    int64_t pid;     /* all */
    uint64_t time_ns; /* all: CLOCK_REALTIME; 0: now */
    const char *exe;  /* all: crumple_config->exe, as in the bundles */
    const char *tags; /* CRASH, CONTAINED, EXIT: CRUMPLE_TAGS; NULL or "": none */

    const char *signature, *title; /* CRASH, CONTAINED */
    const char *id;           /* CRASH, CONTAINED: NAME of the bundle; NULL: it has none, it is counted */
    const char *action;       /* CRASH: "refused" or NULL; CONTAINED: "contain", "restart" */
    const char *reason;       /* CRASH: why an ending was refused ('decision'); ESCALATED: why */
    const char *routine;      /* CONTAINED, RESTART, PARKED, UNPARKED */
    const char *peer;         /* CONTAINED, PEER_REFUSED: address without port */
    const char *scope, *name; /* BREAKER: "peer" or "routine", and which one */
    const char *from, *to;    /* BREAKER: safe_breaker_name() */
    uint64_t count;           /* CRASH, CONTAINED, PEER_REFUSED: how often it happened; 0 means 1 */
    uint64_t sockets;         /* CONTAINED: descriptors that stay open because of it */
    uint64_t delay_ms;        /* RESTART */
    uint32_t attempt;         /* RESTART: 0 is the first */

    /* Of lines for stderr. */
    const char *hostname; /* all */
    int64_t tid;          /* the thread concerned; 0: none */
    const char *path;     /* of the bundle, with its directory; NULL: there is none */
    const char *call;     /* EXIT */
    int64_t status;       /* EXIT */
    const char *message;  /* TROUBLE */
};

/* Bytes that hold any line for stderr but a long message: that one is cut. PIPE_BUF is 4096. */
#define SAFE_EVENT_LINE_MAX 4000

/** Appends the line. Safe, takes as much stack as a few calls do. */
void safe_event_line(struct safe_text *t, const struct safe_event *event);

/**
 * Appends events to crashes.ndjson of the user's crash directory. Safe, but uses static memory: one caller at
 * a time. Returns 0 or the first negative errno; see ndjson_append for how long it may take.
 */
int safe_event_append(int dirfd, const struct safe_event *event);

/** The same for several: one lock and one write for as many as fit into 32 KiB. */
int safe_event_append_all(int dirfd, const struct safe_event *events, size_t count);

#endif
