/* SPDX-License-Identifier: MIT */
/*
 * Source lines of addresses, from the debug information that lookup/modules.h finds.
 *
 * Used in the child of lookup/lookup.c only: the files may be as damaged as anything else.
 */
#ifndef CRUMPLE_CLI_LOOKUP_SOURCE_LINES_H
#define CRUMPLE_CLI_LOOKUP_SOURCE_LINES_H

#include <stdint.h>

#include <jansson.h>

#include "lookup/modules.h"

struct lines;

/** sources: as for modules_new. Returns NULL where memory is short. */
struct lines *lines_new(const struct sources *sources);
void lines_free(struct lines *lines);

/** The places that an address stands for, innermost first: an array of objects with "function" (string or
 * null), "file", "line" and "inlined"; the last one is the function that the code belongs to. NULL: nothing
 * is known. offset: an address as the file counts it, which is a report's. */
json_t *lines_find(struct lines *lines, const char *module, const char *build_id, uint64_t offset);

/** The name of the symbol that the address belongs to, as the linker has it, or NULL. It lives as long as lines. */
const char *lines_symbol(struct lines *lines, const char *module, const char *build_id, uint64_t offset);

/** What is missing of a module: as modules_ask. */
void lines_ask(struct lines *lines, const char *module, const char *build_id,
               struct modules_answer *ret_answer);

#endif
