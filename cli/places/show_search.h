/* SPDX-License-Identifier: MIT */
/* Words of show that only the bundles themselves explain: a group, by its id (rows/group_id.h) or its signature, or by the
 * beginning of one; and the newest one among those that a filter leaves. */
#ifndef CRUMPLE_CLI_PLACES_SHOW_SEARCH_H
#define CRUMPLE_CLI_PLACES_SHOW_SEARCH_H

#include <stdbool.h>

#include <jansson.h>

#include "places/directory.h"

/** Whether a word has the form of a group's name. */
bool show_search_is_group(const char *word);

/** Find the bundle: of a group the newest one, with what is known of the group (rows/group_facts.h); of "last" and "-N" that
 * one, and *ret_facts stays. filter: of the events that count, or NULL. All bundles are read for that, in a child with a sandbox
 * of its own: the caller's process has parsed nothing then. Says what is wrong. Returns VERB_OK, else the exit status. Both
 * results are the caller's. */
int show_search(const char *word, const struct rows_filter *filter, struct directories *places,
                char **ret_path, json_t **ret_facts);

#endif
