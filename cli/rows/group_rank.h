/* SPDX-License-Identifier: MIT */
/* Which groups come first, and how they went: plain functions over what groups_make has counted. */
#ifndef CRUMPLE_CLI_ROWS_GROUP_RANK_H
#define CRUMPLE_CLI_ROWS_GROUP_RANK_H

#include "rows/groups.h"

#define GROUP_ORDER_WORDS "count|recent|growth|first"

enum group_order {
    GROUP_BY_COUNT,  /* the most frequent first, of equally frequent ones the latest */
    GROUP_BY_RECENT, /* the latest event first */
    GROUP_BY_GROWTH, /* by events in the newer half of the span less those in the older half */
    GROUP_BY_FIRST,  /* the one that was first seen last comes first */
};

/* Both times belong to it. */
struct group_span {
    int64_t begin_us, end_us;
};

/** The span of what is shown: the filter's, where it has one, else from the oldest to the newest row; since without until
 * ends now. */
struct group_span group_span_of(const struct rows *rows, const struct rows_filter *filter, int64_t now_us);

/** Counts each group's events in equal parts of the span, into its trend; what lies outside is in the first or the last. */
void groups_set_trends(struct group *groups, size_t count, const struct group_span *span);

/** By the trend: the newer half less the older half. */
int64_t group_growth(const struct group *group);

/** Sorts groups; GROUP_BY_GROWTH needs trends. */
void groups_sort(struct group *groups, size_t count, enum group_order order);

#endif
