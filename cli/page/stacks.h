/* SPDX-License-Identifier: MIT */
/* All threads of a report, or goroutines, folded by equal stacks. */
#ifndef CRUMPLE_CLI_PAGE_STACKS_H
#define CRUMPLE_CLI_PAGE_STACKS_H

#include <stdio.h>

#include <jansson.h>

#include "page/tables.h"

#define STACKS_MAX        200 /* of a report */
#define STACKS_FRAMES_MAX 64  /* of a stack */
#define STACKS_NAMES_MAX  4   /* of threads with one stack */
#define STACKS_TEXTS_MAX  8   /* frames of the first stack that want the text of their source */

/**
 * Writes a JSON array of objects, the stack of the thread that faulted first, then those of most threads: "count", "names" (strings),
 * "note" (state, or what it waits for), "routine", "frames" (numbers), "end" (how many of them ended the process), "cut" (true: the
 * stack goes on). *ret_threads: of how many threads; *ret_left: how many are in stacks that are left out. Returns 0 or -ENOMEM.
 */
int page_stacks_write(struct page_tables *tables, const json_t *report, FILE *to, size_t *ret_threads,
                      size_t *ret_left);

#endif
