/* SPDX-License-Identifier: MIT */
/* A group as JSON: what 'group --json' prints a line of. */
#ifndef CRUMPLE_CLI_ROWS_GROUP_FACTS_H
#define CRUMPLE_CLI_ROWS_GROUP_FACTS_H

#include "rows/groups.h"
#include "rows/shared_values.h"

/** The members of its newest event that has a bundle, and count, contained, rewound, fatal, counted (events), first, last,
 * builds, hosts (how many), paths (of its newest bundles), trend (as it was set), and shared, where that is not NULL. The caller's; NULL: memory is
 * short. */
json_t *group_facts(const struct group *group, const struct shared_values *shared);

#endif
