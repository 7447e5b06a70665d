/* SPDX-License-Identifier: MIT */
/*
 * Appending to crashes.ndjson of a crash directory: whole lines, under a lock; the wait for the lock is
 * bounded. crumple-writer may rename the file meanwhile (writer/ledger/log.h). A line that is appended without
 * the lock may go to the renamed file: readers read both.
 */
#ifndef PRELOAD_OUT_NDJSON_H
#define PRELOAD_OUT_NDJSON_H

#include <stddef.h>

/*
 * Appends n bytes, which end in a newline, in one write. Safe; takes at most about 200 ms where others hold
 * the lock. Returns 0 or a negative errno (-EINVAL: what lies there is no regular file).
 */
int safe_index_append(int dirfd, const char *lines, size_t n);

#endif
