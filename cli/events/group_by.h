/* SPDX-License-Identifier: MIT */
/* What 'group --by' prints: a line for each value of a key, and who has it. */
#ifndef CRUMPLE_CLI_EVENTS_GROUP_BY_H
#define CRUMPLE_CLI_EVENTS_GROUP_BY_H

#include "screen/out.h"
#include "rows/groups.h"

/* How, by the command line. */
struct group_by {
    const struct where_key *key;
    bool reverse, legend;
    enum options_color color;
};

/** Print one JSON object a group. */
void group_by_json(const struct group_by *how, const struct group *groups, size_t count);

/** Print a table. Returns 0 or -ENOMEM. */
int group_by_table(const struct group_by *how, const struct group *groups, size_t count);

#endif
