/* SPDX-License-Identifier: MIT */
/* --metrics-addr: what 'crumple metrics' prints, for Prometheus, over HTTP. */
#ifndef CRUMPLE_RUN_TELL_SCRAPE_H
#define CRUMPLE_RUN_TELL_SCRAPE_H

#include "tell/http.h"

/** Listens on ADDR:PORT. What cannot be is said, and fd is -1. */
void scrape_begin(struct http *ret, const char *address);

/** Takes one connection, if there is one: its process becomes 'crumple metrics', which prints into it. */
void scrape_accept(struct http *http);

#endif
