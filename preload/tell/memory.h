/* SPDX-License-Identifier: MIT */
/*
 * Where the program's own words lie: in mappings that neither the kernel's cores nor crumple's hold. They are made when
 * the program first says something, and stay. Any context, also after fork; no locks.
 */
#ifndef CRUMPLE_PRELOAD_TELL_MEMORY_H
#define CRUMPLE_PRELOAD_TELL_MEMORY_H

#include "tell/tags.h"

#define SAFE_TELL_CHUNKS     9u /* of tables of threads: 32,704 */
#define SAFE_TELL_PROCESS    9u /* the table of the process */
#define SAFE_TELL_RING       10u
#define SAFE_TELL_PARTS      11u
#define SAFE_TELL_RING_BYTES 36864u

/** The part's memory, zeroed when it is made; NULL: it was not made so far. */
void *safe_tell_made(uint32_t part);
/** Makes it if nobody has. NULL: no memory. */
void *safe_tell_map(uint32_t part);

/** Calls visit for each of those mappings. */
void safe_tell_each(void (*visit)(uint64_t start, uint64_t end, void *arg), void *arg);

/** An empty table for the calling thread, which then is safe_tags_own. NULL: no memory. */
struct safe_tags *safe_tags_take(void);

/** The calling thread is that of a forked child: it keeps its table. */
void safe_tags_forked(void);

/**
 * The table of another thread that is stopped, by its thread pointer; NULL: it has none. What is no table is recognised.
 * has_tls: it was made by pthread_create, and its variables can be read without a system call.
 */
const struct safe_tags *safe_tags_of(int tid, uint64_t fs_base, bool has_tls);

#endif
