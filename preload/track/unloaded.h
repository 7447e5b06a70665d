/* SPDX-License-Identifier: MIT */
/*
 * Objects that dlclose has unloaded: what is called or read there afterwards would be an address without a
 * name. The latest ones are kept; another mapping may lie there by now, so whoever reads the note asks the
 * list of mappings.
 */
#ifndef PRELOAD_TRACK_UNLOADED_H
#define PRELOAD_TRACK_UNLOADED_H

#include <stdint.h>

#include "base/text.h"

#define SAFE_UNLOADED_PATH 256

/* Notes one. By one thread at a time (calls/unloading.h). */
void safe_unloaded_add(uint64_t start, uint64_t end, const char *path);

/* Adds the lines of the note, the latest first. */
void safe_unloaded_write(struct safe_text *t);

#endif
