/* SPDX-License-Identifier: MIT */
/* What the members of a group have in common, and other events have not: "all 110 have rpc=join (others: 3 %)". */
#ifndef CRUMPLE_CLI_ROWS_SHARED_VALUES_H
#define CRUMPLE_CLI_ROWS_SHARED_VALUES_H

#include "rows/groups.h"

#define SHARED_VALUES_MAX 8

/* A value of host, build or a tag that nearly all members have, and at most half as many of the others, which are the
 * events of the same program in other groups; where a signature is that of several programs, of its newest bundle's.
 * Strings are those of the rows. */
struct shared_value {
    const char *key;
    bool is_tag;
    const char *value;
    double members, others; /* which part of them has it: 0 to 1 */
};

struct shared_values {
    struct shared_value items[SHARED_VALUES_MAX]; /* the rarest among the others first */
    size_t count;
};

/** For each of the groups, which are some of those that groups_make made of rows, by signature. Faults that are only counted
 * take part where their line has tags. Groups of fewer than three events, and those without others, share nothing. Time
 * grows with the number of rows, not with that of groups. ret: count of them. Returns 0 or -ENOMEM. */
int shared_values_find(const struct rows *rows, const struct group *groups, size_t count,
                       struct shared_values *ret);

#endif
