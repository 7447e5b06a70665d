/* SPDX-License-Identifier: MIT */
/* Rows with the same signature, counted together. */
#ifndef CRUMPLE_CLI_VERBS_GROUPS_H
#define CRUMPLE_CLI_VERBS_GROUPS_H

#include "read/rows.h"

/* Rows with one signature: neighbours in an array of pointers, oldest first. */
struct group {
    const struct rows_row *const *rows;
    size_t row_count;
    uint64_t count, contained, counted; /* faults; those that the process outlived; those without a bundle */
    int64_t first_us;
};

/** Sort the rows that are present or counted into groups, the most frequent first, of equally frequent ones the latest.
 * *ret_sorted holds the pointers that the groups use; both are to be freed, also after an error. Returns 0 or -ENOMEM. */
int groups_make(const struct rows *rows, const struct rows_row ***ret_sorted, struct group **ret_groups,
                size_t *ret_count);

/** What a group has in common: a bundle without a signature goes by its title. */
const char *groups_signature(const struct rows_row *row);

const struct rows_row *groups_newest(const struct group *group);

/** The newest one that has a bundle, else the newest one: who speaks for the group. */
const struct rows_row *groups_speaker(const struct group *group);

#endif
