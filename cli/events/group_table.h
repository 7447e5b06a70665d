/* SPDX-License-Identifier: MIT */
/* What 'group' prints on a terminal: a line for each signature. */
#ifndef CRUMPLE_CLI_EVENTS_GROUP_TABLE_H
#define CRUMPLE_CLI_EVENTS_GROUP_TABLE_H

#include "events/group_by.h"

/** Print a table; how->key is not used. Returns 0 or -ENOMEM. */
int group_table_print(const struct group_by *how, const struct group *groups, size_t count);

#endif
