/* SPDX-License-Identifier: MIT */
/* What the bundles of a directory say of themselves: a child in the sandbox reads them, and tells names and hashes. */
#ifndef CRUMPLE_CLI_VERBS_PRUNE_ROWS_H
#define CRUMPLE_CLI_VERBS_PRUNE_ROWS_H

#include "retain_files.h"
#include "rows/rows.h"

/** Sets the signature of each bundle in files, by the row that it has. only_wanted: what the filter does not want, and what
 * is no bundle, leaves the list: it is not what this is about. Returns 0 or a negative errno: the child could not read, or died. */
int prune_rows_mark(int directory, const struct rows_filter *filter, bool only_wanted,
                    struct retain_files *files);

#endif
