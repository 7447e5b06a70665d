/* SPDX-License-Identifier: MIT */
/* Words of show that name a group: its id (rows/group_id.h) or the beginning of one, its signature or the beginning of one. */
#ifndef CRUMPLE_CLI_VERBS_SHOW_GROUP_H
#define CRUMPLE_CLI_VERBS_SHOW_GROUP_H

#include <stdbool.h>

#include <jansson.h>

#include "verbs/directory.h"

/** Whether a word has the form of one. */
bool show_group_is(const char *word);

/** Find the newest bundle of the group, and what is known of the group (rows/group_facts.h). All bundles are read for that, in
 * a child with a sandbox of its own: the caller's process has parsed nothing then. Says what is wrong. Returns VERB_OK, else the
 * exit status. Both results are the caller's. */
int show_group_find(const char *word, struct directories *places, char **ret_path, json_t **ret_facts);

#endif
