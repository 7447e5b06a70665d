/* SPDX-License-Identifier: MIT */
/* What 'list' prints on a terminal: a line for each event. */
#ifndef CRUMPLE_CLI_EVENTS_LIST_TABLE_H
#define CRUMPLE_CLI_EVENTS_LIST_TABLE_H

#include <stdbool.h>

#include "rows/rows.h"
#include "screen/out.h"

/* How, by the command line. */
struct list_table {
    bool reverse, paths, legend;
    bool has_places;  /* rows are of several directories */
    size_t from_skip; /* of a directory's path: what all have in common */
    bool is_wide;     /* columns have room for rows that are still to come */
    enum options_color color;
};

/** Print a table. Returns 0 or -ENOMEM. */
int list_table_print(const struct rows *rows, const struct list_table *how);

#endif
