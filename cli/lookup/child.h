/* SPDX-License-Identifier: MIT */
/* Running a piece of this program in a child, with limits, and reading lines from it. */
#ifndef CRUMPLE_CLI_LOOKUP_CHILD_H
#define CRUMPLE_CLI_LOOKUP_CHILD_H

#include <stddef.h>
#include <stdio.h>

/** The child's work: writes lines. */
typedef void lookup_child_work(FILE *to, void *context);

/** Takes a line without its newline, in the parent. Returns 0 or a negative errno, which ends the reading. */
typedef int lookup_child_take(const char *line, size_t len, void *context);

/** Run work in a child until it ends, a minute has passed or a limit is reached. Lines that came before a
 * failure have been taken. Returns 0, or a negative errno and in *ret_reason a clause (a constant) that says
 * what happened. */
int lookup_child_run(lookup_child_work *work, void *work_context, lookup_child_take *take, void *take_context,
                     const char **ret_reason);

#endif
