/* SPDX-License-Identifier: MIT */
/*
 * crashes.ndjson as a file. Lines are appended whole, under a lock; the wait for the lock is bounded. A file
 * that has grown too large is renamed to crashes.ndjson.1. A process that waited for the lock therefore makes
 * sure that the name still stands for the file. A line that is appended without the lock may go to the renamed
 * file: readers read both. preload/out/ndjson.c, which appends too, has the same rules.
 */
#ifndef WRITER_LEDGER_LOG_H
#define WRITER_LEDGER_LOG_H

#include "base/buffer.h"

/** Appends lines, which end in a newline, in one write. lines may be changed. Returns 0 or a negative errno:
 * then nothing of them is in the file. */
int log_append(int directory, struct buffer *lines);

/**
 * Reads crashes.ndjson.1 (of a large one the last 16 MiB) and crashes.ndjson into ret_text, without the lock:
 * a line that is not whole is the last one. *ret_older_size: so many bytes are of the older file. A file that
 * does not exist is an empty one, and so is an older one that cannot be read. Returns 0 or a negative errno
 * (-EFBIG: beyond 256 MiB). The caller releases ret_text in any case.
 */
int log_read(int directory, struct buffer *ret_text, size_t *ret_older_size);

/** Renames a crashes.ndjson of more than CRUMPLE_INDEX_MAX bytes to crashes.ndjson.1; the former
 * crashes.ndjson.1 is lost. Does nothing while another process holds the lock of the file: the next call will.
 * Returns 0 or a negative errno: then the file grows on. */
int log_rotate(int directory);

#endif
