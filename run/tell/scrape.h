/* SPDX-License-Identifier: MIT */
/* --metrics-addr: what 'crumple metrics' prints, for Prometheus, over HTTP. */
#ifndef CRUMPLE_RUN_TELL_SCRAPE_H
#define CRUMPLE_RUN_TELL_SCRAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SCRAPES_MAX 4 /* at a time */

struct scrape {
    int fd; /* that listens; -1: none */
    pid_t pids[SCRAPES_MAX];
    int64_t rests_until_us; /* CLOCK_MONOTONIC: no connection could be taken */
};

/** Listens on ADDR:PORT, as 0.0.0.0:9100, [::1]:9100 or :9100 (all addresses). What cannot be is said, and fd is -1. */
void scrape_begin(struct scrape *ret, const char *address);

/** Takes one connection, if there is one. A process of its own answers it, within ten seconds. */
void scrape_accept(struct scrape *scrape);

/** Milliseconds until connections are taken again: poll would return at once for those that wait. -1: they are taken. */
int scrape_rest(const struct scrape *scrape);

/** True if the process that has ended had answered one. */
bool scrape_reaped(struct scrape *scrape, pid_t pid);

#endif
