/* SPDX-License-Identifier: MIT */
/* A table for people: columns as wide as their cells, shortened only where a terminal is narrower. */
#ifndef CRUMPLE_CLI_SCREEN_TABLE_H
#define CRUMPLE_CLI_SCREEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "screen/out.h"

struct table_column {
    const char *name;
    bool right;   /* numbers */
    size_t least; /* cells to which it may be shortened; 0: never */
    size_t room;  /* cells that it has at least; 0: what its own cells take */
    bool spare;   /* left out of a terminal in which it does not fit whole */
    bool luxury;  /* left out where shortening the others is not enough */
};

struct table;

/** Start a table. columns must live as long as it does. NULL: memory is short. */
struct table *table_new(const struct table_column *columns, size_t count);

/** Add a row of one string for each column; they are cleaned and copied, NULL shows as "-". color: of the
 * whole row, or "". Returns 0 or -ENOMEM. */
int table_add(struct table *table, const char *const *cells, const char *color);

/** Print to stdout. width: columns of the terminal, 0 for as wide as it takes. */
void table_print(const struct table *table, size_t width, bool legend, const struct out_colors *colors);

/** NULL is fine. */
void table_free(struct table *table);

#endif
