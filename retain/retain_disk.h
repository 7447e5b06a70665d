/* SPDX-License-Identifier: MIT */
/* What retention asks the disk for: the space that is missing, and the deletion of what was picked. */
#ifndef CRUMPLE_RETAIN_RETAIN_DISK_H
#define CRUMPLE_RETAIN_RETAIN_DISK_H

#include "retain_files.h"
#include "retain_rules.h"

/** How many bytes are missing to the floor of free space; 0: none, or it is not known. */
uint64_t retain_missing(int directory, const struct retain_rules *rules);

/** Names files in crashes.ndjson: those of items[0..count) that have a reason. Returns 0 or a negative errno. */
typedef int retain_name(int directory, const struct retain_file *items, size_t count, void *context);

/** Deletes what has a reason, and sets is_gone. Nothing is deleted that name has not named before, but on a full disk: there
 * is no room for the names either. In batches: who is killed meanwhile has named few files that are still there. Returns 0 or the
 * first negative errno: of name, which ends it, or of a file, which stays. */
int retain_delete(int directory, struct retain_files *files, retain_name *name, void *context);

#endif
