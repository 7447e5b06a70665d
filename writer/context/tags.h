/* SPDX-License-Identifier: MIT */
/* Tags of the process and of its threads: from CRUMPLE_NOTE_TAGS, CRUMPLE_WATCH, and what Go has printed or logged. */
#ifndef CRUMPLE_WRITER_CONTEXT_TAGS_H
#define CRUMPLE_WRITER_CONTEXT_TAGS_H

#include "crash/crash.h"

#define TAGS_MERGED_MAX 192

/** Reads the note into crash->tags, and hands secrets to crash_add_secret(). */
void tags_gather(struct crash *crash);

/** The tags of one thread, crash->tags.items[*ret_first] on. Returns how many. */
size_t tags_of_thread(const struct crash *crash, int32_t tid, size_t *ret_first);

/**
 * All that is true of the crash: CRUMPLE_TAGS, then what Go's labels or the logged line say, the process's tags, watched
 * values, the tags of the faulting thread. The later one of a name wins, in the place of the first. Returns how many.
 */
size_t tags_merge(const struct crash *crash, struct tag_word ret[TAGS_MERGED_MAX]);

#endif
