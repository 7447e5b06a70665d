/* SPDX-License-Identifier: MIT */
/*
 * Appending to crashes.ndjson of a crash directory: whole lines, under a lock; the wait for the lock is bounded.
 * crumple-writer renames a file that has grown too large to crashes.ndjson.1 (writer/ledger/log.c). A process that
 * has waited for the lock therefore makes sure that the name still stands for the file. A line that is appended
 * without the lock may go to the renamed file: readers read both.
 */
#ifndef CRUMPLE_SHARE_NDJSON_H
#define CRUMPLE_SHARE_NDJSON_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Appends size bytes, which end in a newline, in one write. Signal-safe; takes at most about 200 ms while another
 * process holds the lock. Returns 0 or a negative errno (-EINVAL: what lies there is no regular file): then nothing
 * of them is in the file.
 */
int ndjson_append(int directory, const char *lines, size_t size);

/**
 * Opens the file that has the name, made if there is none, makes sure it is a regular one, and takes its lock.
 * Returns a descriptor or a negative errno. *ret_locked: whether the lock came in time. Signal-safe.
 */
int ndjson_open(int directory, bool *ret_locked);

/** Whether the name stands for the file at fd. */
bool ndjson_is_current(int directory, int fd);

#endif
