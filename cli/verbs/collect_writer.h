/* SPDX-License-Identifier: MIT */
/* Running crumple-writer as a child, for a bounded time. */
#ifndef CRUMPLE_CLI_VERBS_COLLECT_WRITER_H
#define CRUMPLE_CLI_VERBS_COLLECT_WRITER_H

#include <stdbool.h>

#include "verbs/collect_core.h"

#define COLLECT_WRITER_SECONDS 60

struct collect_writer_end {
    bool timed_out;      /* it was killed */
    int status;          /* exit code, 128 and the signal where one ended it */
    const char *meaning; /* of the status, a clause */
    char said[512];      /* the beginning of what it wrote to stderr, on one line */
};

/**
 * Runs the job's writer on its core, supervised by itself (crumple-writer --supervise), and waits for it: for
 * 60 s at most. The writer gets an empty environment and a session of its own, and as root in a directory of
 * another user it runs as that user (custody_become). Returns 0, or the negative errno of starting it.
 */
int collect_writer_run(const struct collect_job *job, struct collect_writer_end *ret_end);

#endif
