/* SPDX-License-Identifier: MIT */
/* Rows with the same signature, or the same value of another key, counted together. */
#ifndef CRUMPLE_CLI_ROWS_GROUPS_H
#define CRUMPLE_CLI_ROWS_GROUPS_H

#include "rows/rows.h"

#define GROUP_TREND_CELLS 8

/* Rows of one value: neighbours in an array of pointers, oldest first. */
struct group {
    const char *value; /* that they have in common */
    const struct rows_row *const *rows;
    size_t row_count;
    uint64_t count;              /* faults */
    uint64_t contained, rewound; /* those that the process outlived: a thread ended, or went back */
    uint64_t fatal;              /* those that ended the process */
    uint64_t counted;            /* those without a bundle */
    int64_t first_us;
    uint64_t trend[GROUP_TREND_CELLS]; /* set by rows/group_rank.h */
    size_t side_count;                 /* programs: what groups_sides gives */
};

/* One side of a failure: a program. */
struct group_side {
    const char *exe; /* last part of its path; "-": not known */
    uint64_t count;
};

#define GROUPS_SIDES_MAX 32 /* the last one stands for the rest */

/** Sort the rows that are present, counted or foreign into groups by a key, or by signature where by is NULL, in the order of
 * groups_compare. By a key, rows without a value are left out. *ret_sorted holds the pointers that the groups use; both are to
 * be freed, also after an error. Returns 0 or -ENOMEM. */
int groups_make(const struct rows *rows, const struct where_key *by, const struct rows_row ***ret_sorted,
                struct group **ret_groups, size_t *ret_count);

/** Compares two groups, for qsort: the most frequent comes first, of equally frequent ones the latest. By a key, those with
 * the most sides come first. */
int groups_compare(const void *a, const void *b);

/** The sides, by name. Returns how many. */
size_t groups_sides(const struct group *group, struct group_side ret_sides[static GROUPS_SIDES_MAX]);

/** How many values of that member of a row the group has; null counts for none. */
size_t groups_distinct(const struct group *group, const char *member);

const struct rows_row *groups_newest(const struct group *group);

/** The newest one that has a bundle, else the newest one: who speaks for the group. */
const struct rows_row *groups_speaker(const struct group *group);

#endif
