/* SPDX-License-Identifier: MIT */
/*
 * Where the program's own words lie: in mappings that neither the kernel's cores nor crumple's hold. They are made when
 * the program first says something, and stay. Any context, also after fork; no locks.
 */
#ifndef CRUMPLE_PRELOAD_TELL_MEMORY_H
#define CRUMPLE_PRELOAD_TELL_MEMORY_H

#include "tell/tags.h"

/** Zeroed memory that is in no core. At most a dozen times. NULL: no memory. */
void *safe_tell_map(size_t bytes);

/** Calls visit for each of those mappings. */
void safe_tell_each(void (*visit)(uint64_t start, uint64_t end, void *arg), void *arg);

/** An empty table for the calling thread, which then is safe_tags_own. NULL: no memory. */
struct safe_tags *safe_tags_take(void);

/** The calling thread is that of a forked child: it keeps its table. */
void safe_tags_forked(void);

/**
 * The table of another thread that is stopped, by its thread pointer; NULL: it has none. what is no table is recognised:
 * a thread may have been made without TLS.
 */
const struct safe_tags *safe_tags_of(int tid, uint64_t fs_base);

#endif
