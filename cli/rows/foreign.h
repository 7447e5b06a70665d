/* SPDX-License-Identifier: MIT */
/*
 * Events that other programs have written, one object a line, in *.ndjson files beside bundles: docs/context.md names
 * the members. They are as hostile as a bundle.
 */
#ifndef CRUMPLE_CLI_ROWS_FOREIGN_H
#define CRUMPLE_CLI_ROWS_FOREIGN_H

#include <stdint.h>

#include <jansson.h>

#include "read/find.h"

/** Called for each event. json: as struct rows_row has it; borrowed. Returns 0 or -ENOMEM, which ends the reading. */
typedef int foreign_add(int64_t time_us, json_t *json, void *context);

/** Reads files, within the limits of rows/lines.h for all together. A file that cannot be read is left out after a
 * call of trouble. *ret_skipped: how many lines are no events. Returns 0 or -ENOMEM. */
int foreign_read(char *const *paths, size_t count, foreign_add *add, void *add_context, find_trouble *trouble,
                 void *context, size_t *ret_skipped);

#endif
