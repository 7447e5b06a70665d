/* SPDX-License-Identifier: MIT */
/*
 * Events that only crashes.ndjson and crashes.ndjson.1 record: faults beyond the limits of CRUMPLE_KEEP, those whose bundle was
 * deleted, and restarts of servers, which have none. The files are as hostile as a bundle.
 */
#ifndef CRUMPLE_CLI_ROWS_COUNTED_H
#define CRUMPLE_CLI_ROWS_COUNTED_H

#include <stdint.h>

#include <jansson.h>

#include "read/find.h"

struct counted {
    int64_t time_us;
    uint64_t count; /* 0: no fault, but a restart of crumple-run's */
    json_t *json;   /* as struct rows_row has it; the callee borrows it unless it takes a reference */
};

/** Called for each. Returns 0 or -ENOMEM, which ends the reading. */
typedef int counted_add(const struct counted *counted, void *context);

/** Read the logs of one directory, the older one first. Lines that are not whole are left out: one may just be
 * written. A log that cannot be read is left out after a call of trouble, with EFBIG where both are beyond the limits
 * of rows/lines.h: ten times what the writer keeps. Returns 0 (also where there is no log) or -ENOMEM. */
int counted_read(const char *dir, counted_add *add, void *add_context, find_trouble *trouble, void *context);

#endif
