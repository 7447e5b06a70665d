/* SPDX-License-Identifier: MIT */
/*
 * crashes.ndjson as a file: lines are appended whole, under a lock that is waited for a bounded time. The
 * file may be replaced meanwhile by a shorter one (ledger/compact.c): whoever has the lock makes sure that
 * the name still stands for the file. preload/out/ndjson.c, which appends to it too, has the same rules.
 */
#ifndef WRITER_LEDGER_LOG_H
#define WRITER_LEDGER_LOG_H

#include <sys/types.h>

#include "base/buffer.h"

/** Appends lines, which end in a newline, in one write. lines may be changed. Returns 0 or a negative errno:
 * then nothing of them is in the file. */
int log_append(int directory, struct buffer *lines);

/** Reads the file that has the name, without the lock: lines are whole or at its end. No file is an empty
 * one. Returns 0 or a negative errno. ret_text is to be released. */
int log_read(int directory, struct buffer *ret_text);

/** Reads what is in fd from offset from on. Returns 0 or a negative errno (-EFBIG: beyond 256 MiB). */
int log_read_from(int fd, off_t from, struct buffer *text);

/** Takes an exclusive flock, in at most tries times 2 ms. Returns whether it has it. */
bool log_lock(int fd, int tries);

/** Whether name in the directory still stands for the file at fd. */
bool log_is_current(int directory, const char *name, int fd);

#endif
