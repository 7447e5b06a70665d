/* SPDX-License-Identifier: MIT */
/* The events of --restart in crashes.ndjson: 'restarted', and 'restart_limit'. */
#ifndef CRUMPLE_RUN_TELL_RESTARTED_H
#define CRUMPLE_RUN_TELL_RESTARTED_H

#include <limits.h>
#include <stdio.h>

#include "ends/facts.h"
#include "tell/follow.h"

/* What is known of a restart beside the end before it. */
struct restart_note {
    uint64_t time_ns; /* of the start, CLOCK_REALTIME */
    pid_t new_pid;
    int64_t downtime_ms, delay_ms; /* from the death to the next start; of --backoff */
    uint64_t restarts;             /* of this run, with this one */
    unsigned held, backlog_full;   /* as in struct hold_counts */
    bool
        is_limit; /* there is no restart: --restart-limit is reached. Only the time and 'restarts' are known */
};

/* What the event of an end says of it. */
struct restart_cause {
    char title[1024];
    char bundle[NAME_MAX + 1]; /* its name; "": there is none */
};

/** Writes the line, with its newline: of crashes.ndjson, or (hostname is not NULL) that of CRUMPLE_STDERR=json. A plain function. */
void restarted_line(const struct end_facts *facts, const struct restart_cause *cause,
                    const struct restart_note *note, const char *hostname, FILE *to);

/**
 * In a process of its own, after the end was told: finds the event of the end in the logs, appends the line, says it with
 * CRUMPLE_STDERR=json, and refreshes crumple.prom (event_write). since_start: as follow_directory() left it at the start of this run.
 */
_Noreturn void restarted_tell(const struct end_facts *facts, const struct follow *since_start,
                              const struct restart_note *note);

#endif
