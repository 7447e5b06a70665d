/* SPDX-License-Identifier: MIT */
/*
 * The sums of the lines of crashes.ndjson: one entry for each combination of the counters' labels, and the
 * state of the processes that still run. The metrics are made from it.
 */
#ifndef CRUMPLE_WRITER_LEDGER_TALLY_H
#define CRUMPLE_WRITER_LEDGER_TALLY_H

#include "base/buffer.h"
#include "ledger/event_line.h"
#include "ledger/live_processes.h"
#include "ledger/label_names.h"

/* The labels, each with a set of names of its own. */
enum tally_label {
    TALLY_OF, /* kind of event */
    TALLY_ACTION,
    TALLY_EXE,
    TALLY_SIGNAL,
    TALLY_ROUTINE,
    TALLY_PEER,
    TALLY_REASON, /* of a crash: 'decision' */
    TALLY_SCOPE,
    TALLY_TO,
    TALLY_HOW,
    TALLY_LABELS
};

struct tally_key {
    uint32_t names[TALLY_LABELS];
};

struct tally_entry {
    struct tally_key key;
    uint64_t count, suppressed, bundles, sockets, backlog_full;
    int64_t last_us;
};

/* A state of a process. */
enum tally_state_kind { TALLY_PARKED = 1, TALLY_BREAKER, TALLY_SOCKETS, TALLY_WOUNDED };

struct tally_state_key {
    int64_t pid;
    uint32_t kind; /* enum tally_state_kind */
    uint32_t exe, scope;
    uint32_t name; /* of tally.things: the routine, or that of the breaker */
};

struct tally_state {
    struct tally_state_key key;
    int64_t time_us; /* of the last event */
    uint64_t
        value; /* parked threads, sockets left open, ended threads; of a breaker the number of its state's name */
};

struct tally {
    struct names labels[TALLY_LABELS];
    struct names things;         /* routines and breakers of processes that run */
    struct names keys;           /* struct tally_key as bytes */
    struct tally_entry *entries; /* owned; in the order in which their first line came */
    size_t count, room;
    struct names state_keys;    /* struct tally_state_key as bytes */
    struct tally_state *states; /* owned */
    size_t state_count, state_room;
    struct live live;
    bool failed; /* memory was short: the tally is not complete */
};

/** Returns 0 or -ENOMEM; tally_release is due in any case. */
int tally_init(struct tally *tally);

/** Adds a line. */
void tally_add(struct tally *tally, const struct event_line *line);

/** Sets all counts to 0. Names, times and states stay. */
void tally_reset_counts(struct tally *tally);

/** Adds every whole line of a text; unreadable lines are left out. Returns 0 or -ENOMEM. */
int tally_add_text(struct tally *tally, const char *text, size_t size);

/** Returns true if the process of a state still runs, according to the lines. */
bool tally_state_holds(struct tally *tally, const struct tally_state *state);

static inline const char *tally_text(const struct tally *tally, enum tally_label label,
                                     const struct tally_key *key)
{
    return names_text(&tally->labels[label], key->names[label]);
}

void tally_release(struct tally *tally);

#endif
