/* SPDX-License-Identifier: MIT */
/* A report for people, on stdout. */
#ifndef CRUMPLE_CLI_SHOW_SHOW_H
#define CRUMPLE_CLI_SHOW_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lookup/lookup.h"
#include "screen/out.h"

struct show {
    json_t *report;
    const char *bundle; /* its path, or "-" */
    bool all;           /* every thread by itself, every register, nothing cut */
    bool demangle;
    size_t frames; /* shown of a stack; 0: all */
    struct out_colors colors;
    struct lookup *lookup;
};

/* Threads with the same stack. */
struct show_group {
    json_t *thread;  /* the first of them */
    json_t *threads; /* array: all of them */
};

/** Print the report. Returns 0 or -ENOMEM. *ret_reason: why names or lines are missing that might have been
 * found, a clause, or NULL. */
int show_report(struct show *show, const char **ret_reason);

/** The parts of it. */
void show_header(const struct show *show);
void show_threads(const struct show *show, const struct show_group *groups, size_t count);
void show_notes(const struct show *show);

#endif
