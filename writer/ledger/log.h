/* SPDX-License-Identifier: MIT */
/* crashes.ndjson as the writer uses it: a line for each event, so that a log shipper or a human with tail -f sees
 * it at once. share/ndjson.h has the rules for the file. */
#ifndef CRUMPLE_WRITER_LEDGER_LOG_H
#define CRUMPLE_WRITER_LEDGER_LOG_H

#include "crash/crash.h"

/** Appends lines, which end in a newline, in one write. Returns 0 or a negative errno: then nothing of them is in
 * the file. */
int log_append(int directory, const struct buffer *lines);

/** Appends the line of crash, whose bundle has the file name bundle; NULL: the crash is only counted. Returns 0 or a
 * negative errno. */
int log_append_crash(int directory, const struct crash *crash, const char *bundle);

/**
 * Reads crashes.ndjson.1 (of a large one the last 16 MiB) and crashes.ndjson into ret_text, without the lock:
 * a line that is not whole is the last one. *ret_older_size: so many bytes are of the older file. A file that
 * does not exist is an empty one, and so is an older one that cannot be read. Returns 0 or a negative errno
 * (-EFBIG: beyond 256 MiB). The caller releases ret_text in any case.
 */
int log_read(int directory, struct buffer *ret_text, size_t *ret_older_size);

/** Whether one of the files has a line of the event with that id. */
bool log_has(int directory, const char *id);

/** Renames a crashes.ndjson of more than CRUMPLE_INDEX_MAX bytes to crashes.ndjson.1; the former
 * crashes.ndjson.1 is lost. Does nothing while another process holds the lock of the file: the next call will.
 * Returns 0 or a negative errno: then the file grows on. */
int log_rotate(int directory);

#endif
