/* SPDX-License-Identifier: MIT */
/*
 * Objects that dlclose has unloaded. Without this list, an address in one of them would have no name. The
 * latest ones are kept. Another mapping may lie at the address by now, so the reader of the note checks the
 * list of mappings.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_UNLOADED_H
#define CRUMPLE_PRELOAD_TRACK_UNLOADED_H

#include <stdint.h>

#include "base/text.h"

#define SAFE_UNLOADED_PATH 256

/** Adds an object. One thread at a time (calls/unloading.h). */
void safe_unloaded_add(uint64_t start, uint64_t end, const char *path);

/** Adds the lines of the note, the latest first. */
void safe_unloaded_write(struct safe_text *t);

#endif
