/* SPDX-License-Identifier: MIT */
/*
 * Appending to crashes.ndjson of a crash directory: whole lines, under a lock that is waited for a bounded
 * time. The file may be replaced meanwhile by a shorter one (writer/ledger/compact.c): whoever has the lock
 * makes sure that the name still stands for the file, so that no line goes to one that was replaced.
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
