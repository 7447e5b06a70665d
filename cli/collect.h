/* SPDX-License-Identifier: MIT */
/* Finishing one pending core with crumple-writer. */
#ifndef CLI_COLLECT_H
#define CLI_COLLECT_H

#include <stdbool.h>

enum collect_result { COLLECT_FINISHED, COLLECT_SKIPPED, COLLECT_FAILED };

struct collect_outcome {
    enum collect_result result;
    char reason[1024]; /* why it was skipped or failed; "" otherwise. May hold what the writer said. */
};

/* Where the writer is: wanted (may be NULL), else $CRUMPLE_WRITER, beside this program, on $PATH. The caller
 * frees *ret_path. Returns 0, -ENOENT or -ENOMEM. */
int collect_find_writer(const char *wanted, char **ret_path);

/* Run the writer on core unless another one is at work on it; force: also where the core is so young that the
 * process's own writer may be. The core stays unless the writer finished it. */
void collect_core(const char *writer, const char *core, bool force, struct collect_outcome *ret_outcome);

/* "finished", "skipped", "failed" */
const char *collect_result_name(enum collect_result result);

#endif
