/* SPDX-License-Identifier: MIT */
/* The end of one log file. */
#ifndef CRUMPLE_WRITER_CONTEXT_LOG_FILE_H
#define CRUMPLE_WRITER_CONTEXT_LOG_FILE_H

#include <limits.h>

#include "crash/log_tails.h"

struct log_file {
    char path[PATH_MAX];
    char bytes[LOG_BYTES_MAX];
    size_t start, size;          /* of the last lines in bytes */
    uint64_t skipped;            /* bytes of the file before them */
    char error[LOG_ERROR_BYTES]; /* or "" */
};

/**
 * Reads the last lines of file->path, whole ones, at most LOG_LINES_MAX of LOG_BYTES_MAX in sum. It opens regular files only,
 * which a FIFO or a device would notice. Sets error if that fails; a file may hang all the same (a dead server of NFS).
 */
void log_file_read(struct log_file *file);

/** Sets start and size to the whole lines among the size bytes of file->bytes, which begin at the offset 'at' of the file, and
 * skipped. A line that began before is left out: the name of a secret may stand in what is missing. */
void log_file_lines(struct log_file *file, size_t size, uint64_t at);

#endif
