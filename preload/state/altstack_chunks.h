/* SPDX-License-Identifier: MIT */
/*
 * The memory of the pool of alternate stacks, in chunks. A chunk of stacks is one mapping with a guard page
 * below. Few mappings, as fork copies each of them: doubling makes seven chunks of 1,000 threads. So there is
 * no guard between the stacks of a chunk. Our own handlers have a bounded depth; what runs through a stack
 * all the same meets other stacks, which are empty but for a signal of the very moment, and at last the
 * guard. Not MADV_GUARD_INSTALL: /proc/self/maps would call such a page readable, and redis's memory test
 * believes that. Entries stay for ever, stacks come and go. docs/decisions/0041.
 */
#ifndef PRELOAD_STATE_ALTSTACK_CHUNKS_H
#define PRELOAD_STATE_ALTSTACK_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/altstack.h"

/* NULL beyond safe_altstack_total(). */
struct safe_altstack *safe_altstack_entry(uint32_t index);
/* How many entries there are. */
uint32_t safe_altstack_total(void);
/* More of them. False: no memory, or the end of the table. */
bool safe_altstack_grow(void);

/* Whether the kernel no longer knows this owner. */
bool safe_altstack_is_gone(uint64_t owner);
/* Reserves an entry that has no owner, or one that is gone. */
bool safe_altstack_claim(struct safe_altstack *a);
/* Gives the holder of a claimed entry its stack, where it has none (a->base NULL); it stays as long as the
 * claim. False: no memory. */
bool safe_altstack_outfit(struct safe_altstack *a);

#endif
