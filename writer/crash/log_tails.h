/* SPDX-License-Identifier: MIT */
/* The last lines of the files of CRUMPLE_LOGS, as context/logs.c reads them. Data only. */
#ifndef CRUMPLE_WRITER_CRASH_LOG_TAILS_H
#define CRUMPLE_WRITER_CRASH_LOG_TAILS_H

#include <stddef.h>
#include <stdint.h>

#define LOGS_MAX        8  /* files */
#define LOG_LINES_MAX   50 /* of each */
#define LOG_BYTES_MAX   (16 << 10)
#define LOG_ERROR_BYTES 96

struct log_tail {
    const char *path; /* not ended by NUL, in the notes */
    size_t path_size;
    const char *
        text; /* whole lines, the last one perhaps without its newline; in log_tails.memory; secrets are in it */
    size_t size;
    uint64_t skipped;            /* bytes of the file before it */
    char error[LOG_ERROR_BYTES]; /* why there are no lines, or ""; for people */
};

struct log_tails {
    struct log_tail items[LOGS_MAX];
    size_t count;
    void *memory; /* owned */
};

#endif
