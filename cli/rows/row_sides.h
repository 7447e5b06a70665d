/* SPDX-License-Identifier: MIT */
/* The members of a row by which the two sides of one failure find each other. */
#ifndef CRUMPLE_CLI_ROWS_ROW_SIDES_H
#define CRUMPLE_CLI_ROWS_ROW_SIDES_H

#include <jansson.h>

#define ROW_SIDES_TAGS_MAX 128

/** Sets hostname, build_id, function (the first one of the row's signature), group (rows/group_id.h) and tags (strings; numbers and truth values of
 * foreign events become strings) as from, a report or a line, has them, else null. The row's signature and title stand before. Returns 0 or -ENOMEM. row may be
 * NULL: -ENOMEM. */
int row_sides_set(json_t *row, const json_t *from);

#endif
