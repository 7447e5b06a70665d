/* SPDX-License-Identifier: MIT */
/* What the page says of a group beyond its rows: the report of its latest bundle. */
#ifndef CRUMPLE_CLI_PAGE_DETAILS_H
#define CRUMPLE_CLI_PAGE_DETAILS_H

#include <stdio.h>

#include <jansson.h>

#include "page/tables.h"

/** Reads the report of the bundle at path, whole and checked. *ret_report is to be released. Returns 0, -ENOMEM, or another
 * negative errno: the page then says that there is none. */
int page_details_read(const char *path, json_t **ret_report);

/** Writes members of a JSON object, without braces: "title", "cause", "reason" (strings), "facts" (pairs of strings), "stacks" and "threads", "left"
 * (page/stacks.h). report is scrubbed first, unless tables->full. Returns 0 or -ENOMEM. */
int page_details_write(struct page_tables *tables, json_t *report, FILE *to);

#endif
