/* SPDX-License-Identifier: MIT */
/* What a page shows, as the JSON that stands in it. */
#ifndef CRUMPLE_CLI_PAGE_DATA_H
#define CRUMPLE_CLI_PAGE_DATA_H

#include <stdbool.h>
#include <stdio.h>

#include "lookup/sources.h"
#include "rows/groups.h"

#define PAGE_EVENTS_MAX 100000
#define PAGE_GROUPS_MAX 5000

struct page_wish {
    bool full;                  /* nothing is scrubbed */
    const char *filter;         /* which events are on it, in words; NULL: all */
    bool is_cut;                /* there are older events, which are not among the rows */
    const char *const *sources; /* directories and files that the rows come from */
    size_t source_count;
    const struct sources *modules; /* where files of modules are; NULL: on this machine */
};

/**
 * Writes one JSON object, of groups that groups_make has made of rows. The report of each group's latest bundle is read and looked up, in the caller's
 * sandbox. *ret_reason: why names or lines are missing that might have been found, a clause, or NULL. *ret_unread: how many of
 * those bundles could not be read. Returns 0 or -ENOMEM; errors of the stream are the caller's to find.
 */
int page_data_write(const struct rows *rows, const struct group *groups, size_t count,
                    const struct page_wish *wish, FILE *to, const char **ret_reason, size_t *ret_unread);

#endif
