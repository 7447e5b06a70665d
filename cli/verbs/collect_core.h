/* SPDX-License-Identifier: MIT */
/* Finishing one pending core with crumple-writer. */
#ifndef CRUMPLE_CLI_VERBS_COLLECT_CORE_H
#define CRUMPLE_CLI_VERBS_COLLECT_CORE_H

#include <stdbool.h>

#include "read/custody.h"

enum collect_result { COLLECT_FINISHED, COLLECT_SKIPPED, COLLECT_FAILED };

struct collect_outcome {
    enum collect_result result;
    bool timed_out;    /* failed: the writer was killed when its time was up */
    char reason[1024]; /* why it was skipped or failed; "" otherwise. May hold what the writer said. */
};

/** Where the writer is: wanted (may be NULL), else $CRUMPLE_WRITER, beside this program, on $PATH. The caller
 * frees *ret_path. Returns 0, -ENOENT or -ENOMEM. */
int collect_find_writer(const char *wanted, char **ret_path);

/* One pending core. */
struct collect_job {
    const struct custody_dir *dir;
    const char *name;    /* in dir */
    const char *path;    /* how people call it */
    const char *writer;  /* likewise */
    const char *sysroot; /* absolute: of the machine that crashed; NULL: this one */
    int writer_fd;       /* of custody_open_program */
    bool force;          /* also where the core is so young that the process's own writer may be at work */
};

/** Run the writer on the core unless another one is at work on it. The core stays unless the writer finished
 * it. Nothing that a path leads to a second time is trusted: see read/custody.h. */
void collect_core(const struct collect_job *job, struct collect_outcome *ret_outcome);

/** "finished", "skipped", "failed" */
const char *collect_result_name(enum collect_result result);

#endif
