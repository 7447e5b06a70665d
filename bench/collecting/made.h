/* SPDX-License-Identifier: MIT */
/* Bundles as crumple-writer leaves them, made without a crash: for benches and tests of what reads many of them. */
#ifndef CRUMPLE_BENCH_COLLECTING_MADE_H
#define CRUMPLE_BENCH_COLLECTING_MADE_H

#include <stdint.h>

#include "base/buffer.h"

#define MADE_NAME_BYTES 96

/* One event. The same number is the same event in each run. */
struct made {
    uint64_t number, group; /* group: 0 is the most frequent one */
    int64_t time_us;
    char id[MADE_NAME_BYTES], time[32], function[48];
    const char *event, *signal, *exe, *region, *rpc;
    unsigned signal_number, host, release, threads;
    int pid;
};

/** The event number of events in groups, spread over 30 days before until_us. */
struct made made_event(uint64_t number, uint64_t events, uint64_t groups, int64_t until_us);

/** Appends report.json, and the line of crashes.ndjson. */
void made_report(const struct made *made, struct buffer *out);
void made_line(const struct made *made, struct buffer *out);

#endif
