/* SPDX-License-Identifier: MIT */
/* What a release brought and what it ended: groups against one build. */
#ifndef CRUMPLE_CLI_ROWS_GROUP_BUILDS_H
#define CRUMPLE_CLI_ROWS_GROUP_BUILDS_H

#include <stdbool.h>

#include "rows/groups.h"

#define GROUP_BUILD_MIN     4  /* characters of the beginning of a build-id */
#define GROUP_BUILDS_LABEL  40 /* bytes that are shown of one */
#define GROUP_BUILDS_LABELS 5

/** Whether a row is of the build: its build-id is that or begins so, or its tag 'version' or 'build' is that. Unknown (neither
 * a build-id nor one of these tags) is of no build. */
bool group_build_is(const json_t *row, const char *build);

/** Keeps the groups that have events of the build and of no other one. Returns how many. */
size_t groups_keep_new(struct group *groups, size_t count, const char *build);

/** Keeps the groups that have events of another build of a program that also has events of this build, and none of it. Returns
 * how many; *ret_kept is untouched if memory is short: -ENOMEM, else 0. */
int groups_keep_gone(struct group *groups, size_t count, const char *build, size_t *ret_kept);

/** How many events of all groups are of the build. */
uint64_t groups_count_build(const struct group *groups, size_t count, const char *build);

/** The builds of the newest events: tags 'version' or 'build', else build-ids, each once, the newest first. Returns how many. */
size_t groups_newest_builds(const struct rows *rows, const char *ret_builds[static GROUP_BUILDS_LABELS]);

#endif
