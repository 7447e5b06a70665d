/* SPDX-License-Identifier: MIT */
/*
 * Readable names and source lines for a report's frames, from this machine. The parsers of C++ names and of
 * debug information are large and their input is hostile, so they run in a child with limits on time and
 * memory. If the child fails, the report is shown without them.
 */
#ifndef CRUMPLE_CLI_LOOKUP_LOOKUP_H
#define CRUMPLE_CLI_LOOKUP_LOOKUP_H

#include <stdbool.h>

#include <jansson.h>

#include "lookup/sources.h"

struct lookup;

/** Returns NULL where memory is short. lookup_free takes NULL. */
struct lookup *lookup_new(void);
void lookup_free(struct lookup *lookup);

/** Where the files of modules are; it must live as long as the lookup. NULL, as at first: on this machine. */
void lookup_use(struct lookup *lookup, const struct sources *sources);

/** Ask for a frame of the report, which must live as long as the lookup. Equal frames are looked up once. */
int lookup_add_frame(struct lookup *lookup, json_t *frame);

/** Ask for text in which mangled C++ names may stand: a title, a signature, a start routine. */
int lookup_add_text(struct lookup *lookup, const char *text);

/** Ask why a frame's module has no source lines. */
int lookup_add_module(struct lookup *lookup, const json_t *frame);

/** Look everything up; demangle: make C++ names readable. Returns 0, or a negative errno with a clause for
 * people in *ret_reason (a constant): then a part of the answers may be there. */
int lookup_run(struct lookup *lookup, bool demangle, const char **ret_reason);

/** The function of a frame, readable; NULL: unknown. */
const char *lookup_function(const struct lookup *lookup, json_t *frame);

/** The same without parameters, of less than NAME_SHORT_BYTES if it is readable. */
const char *lookup_short(const struct lookup *lookup, json_t *frame);

/** The places of a frame, as lines_find gives them; NULL: unknown. */
const json_t *lookup_places(const struct lookup *lookup, json_t *frame);

/** What is missing of the frame's module: NULL (nothing, or it was not asked for) or an object with "why" ("gone", "changed",
 * "unreadable", "stripped", "no build-id", "in part"), "path" (where it was looked for), and perhaps "found" (the build-id of the file there),
 * "wanted" (that of the file that would help) and "package" (the distribution's package that the file is of). */
const json_t *lookup_missing(const struct lookup *lookup, const json_t *frame);

/** Text that was asked for, with readable names; otherwise text itself. */
const char *lookup_text(const struct lookup *lookup, const char *text);

#endif
