/* SPDX-License-Identifier: MIT */
/* Pruning one directory, with the rights of its owner. */
#ifndef CRUMPLE_CLI_VERBS_PRUNE_DIR_H
#define CRUMPLE_CLI_VERBS_PRUNE_DIR_H

#include "read/custody.h"
#include "retain_rules.h"
#include "rows/rows.h"

struct prune_job {
    struct retain_rules rules;
    struct rows_filter filter;
    bool has_filter; /* it picks */
    bool dry_run, json;
};

/** Applies the rules to the files of dir, and says on stdout what goes and why. path: dir, for people. In a child that becomes the
 * owner. Returns the exit status. */
int prune_dir(const struct prune_job *job, const struct custody_dir *dir, const char *path);

#endif
