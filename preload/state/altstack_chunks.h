/* SPDX-License-Identifier: MIT */
/*
 * The memory of the pool of alternate stacks, in chunks. A chunk is one mapping of several stacks with a
 * guard page below. fork copies every mapping, so mappings must be few: chunks double in size, seven for
 * 1,000 threads, and have no guard between their stacks. crumple's own handlers have a bounded depth. Code
 * that overruns a stack all the same meets other stacks, which are empty except during a signal, and finally
 * the guard. MADV_GUARD_INSTALL is no option: /proc/self/maps calls such a page readable, and redis's memory
 * test believes that. Entries are never freed, stacks are mapped and unmapped. docs/decisions/0041. Any
 * context; no locks.
 */
#ifndef CRUMPLE_PRELOAD_STATE_ALTSTACK_CHUNKS_H
#define CRUMPLE_PRELOAD_STATE_ALTSTACK_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/altstack.h"

/** NULL beyond safe_altstack_total(). */
struct safe_altstack *safe_altstack_entry(uint32_t index);
/** The number of entries. */
uint32_t safe_altstack_total(void);
/** Adds entries. False: no memory, or the table is full. */
bool safe_altstack_grow(void);

/** True if the kernel no longer knows this owner. */
bool safe_altstack_is_gone(uint64_t owner);
/** Reserves an entry that has no owner, or whose owner has ended. */
bool safe_altstack_claim(struct safe_altstack *a);
/** Maps a stack for a claimed entry that has none (a->base is NULL). The stack stays mapped while the entry is
 * claimed. False: no memory. */
bool safe_altstack_outfit(struct safe_altstack *a);

#endif
