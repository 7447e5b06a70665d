/* SPDX-License-Identifier: MIT */
/*
 * The text around a line of a source file. The path stands in debug information, which is foreign: only files below the directories
 * that the command line names are opened (--source-dir). In the sandbox.
 */
#ifndef CRUMPLE_CLI_LOOKUP_SOURCE_TEXT_H
#define CRUMPLE_CLI_LOOKUP_SOURCE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "lookup/sources.h"

#define SOURCE_TEXT_LINES 5   /* at most: the line, and two on each side */
#define SOURCE_TEXT_BYTES 200 /* of a line; what is longer is cut */

struct source_texts;

/** sources must live as long. NULL: they name no directories, or memory is short. source_texts_free takes NULL. */
struct source_texts *source_texts_new(const struct sources *sources);
void source_texts_free(struct source_texts *texts);

/**
 * What is known of the place of a frame, an object with "file" and "line": an object, lent as long as texts, with "first" (the number of
 * the first line), "lines" (an array of strings, valid UTF-8, no tabs) and "modified" (seconds since 1970); or with "why" there is no text: a clause for
 * people. NULL: the place has no line, texts is NULL, or memory is short. Each place is looked up once; after
 * 10 s, or a GiB, there is no more text.
 */
const json_t *source_texts_find(struct source_texts *texts, const json_t *place);

/** Why no more places are looked up, a clause for people; NULL: they are. */
const char *source_texts_limit(const struct source_texts *texts);

/** When the file of a module was written, in seconds since 1970; 0: not known. module: its path, or NULL. */
int64_t source_texts_built(const struct source_texts *texts, const char *module);

#endif
