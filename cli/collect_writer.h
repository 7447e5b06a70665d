/* SPDX-License-Identifier: MIT */
/* Running crumple-writer as a child, for a bounded time. */
#ifndef CLI_COLLECT_WRITER_H
#define CLI_COLLECT_WRITER_H

#include <stdbool.h>

#define COLLECT_WRITER_SECONDS 60

struct collect_writer_end {
    bool timed_out;      /* it was killed */
    int status;          /* exit code, 128 and the signal where one ended it */
    const char *meaning; /* of the status, a clause */
    char said[512];      /* the beginning of what it wrote to stderr, on one line */
};

/* Run writer on core and wait; where it dies or hangs in a stage, again without that stage, for 60 s in all.
 * As root in a directory of another user it runs as that user: whoever can write there could otherwise direct
 * a program of root by links. Returns 0, or the negative errno of starting it.
 */
int collect_writer_run(const char *writer, const char *core, struct collect_writer_end *ret_end);

#endif
