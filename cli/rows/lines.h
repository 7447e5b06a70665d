/* SPDX-License-Identifier: MIT */
/*
 * Files of JSON, one value a line. They are as hostile as a bundle: whole size, number of lines and length of a line
 * have limits, and a line that is not whole is passed over.
 */
#ifndef CRUMPLE_CLI_ROWS_LINES_H
#define CRUMPLE_CLI_ROWS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define LINES_MIB_MAX 80
#define LINES_MAX                                                                                            \
    200000 /* each may become a row, which has a hundred times the memory of the shortest line */

/** Called for each line that is not empty. value: borrowed; NULL: the line is no JSON, or too long. Returns 0 or -ENOMEM,
 * which ends the reading. */
typedef int lines_take(const json_t *value, size_t number, void *context);

/* What is read, and what has been read so far: the limits are those of all files together. */
struct lines {
    lines_take *take;
    void *context;
    bool takes_unended; /* the last line may lack its newline: nobody is writing it */
    size_t count;
    uint64_t bytes;
};

/** Reads all of the file behind fd. Returns 0, -ENOMEM, -EFBIG (beyond the limits: no line was taken) or the
 * error of read. */
int lines_read(struct lines *lines, int fd);

#endif
