/* SPDX-License-Identifier: MIT */
/*
 * Source lines of addresses, from the debug information on this machine: in the module's own file, or beside
 * it or under /usr/lib/debug, always with the build-id that the report names. Nothing is fetched from a
 * network.
 *
 * Used in the child of lookup/lookup.c only: the files may be as damaged as anything else.
 */
#ifndef CRUMPLE_CLI_LOOKUP_SOURCE_LINES_H
#define CRUMPLE_CLI_LOOKUP_SOURCE_LINES_H

#include <stdint.h>

#include <jansson.h>

struct lines;

/** Returns NULL where memory is short. */
struct lines *lines_new(void);
void lines_free(struct lines *lines);

/** The places that an address stands for, innermost first: an array of objects with "function" (string or
 * null), "file", "line" and "inlined"; the last one is the function that the code belongs to. NULL: nothing
 * is known. offset: an address as the file counts it, which is a report's. */
json_t *lines_find(struct lines *lines, const char *module, const char *build_id, uint64_t offset);

#endif
