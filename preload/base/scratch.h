/* SPDX-License-Identifier: MIT */
/*
 * Memory for a capture: one mapping, made when the capture begins, handed out from the bottom, and unmapped
 * only if the process lives on. If nothing can be mapped (RLIMIT_AS, overcommit), a static reserve serves:
 * enough for some hundred threads. For the helper and the keeper.
 */
#ifndef CRUMPLE_PRELOAD_BASE_SCRATCH_H
#define CRUMPLE_PRELOAD_BASE_SCRATCH_H

#include <stddef.h>

struct safe_scratch {
    char *base;
    size_t used, size;
};

/** A stack with a guard page below it; *ret_low is its lowest byte. Returns 0 or a negative errno. */
int safe_scratch_map_stack(size_t bytes, char **ret_low);

void safe_scratch_open(struct safe_scratch *s);
/** Unmaps all of it, after a capture that the process survives. */
void safe_scratch_close(struct safe_scratch *s);
/** Unmaps all but the first n bytes. Nothing can be taken afterwards. */
void safe_scratch_cut(struct safe_scratch *s, size_t n);
/** Returns n zeroed bytes, 16-byte aligned; NULL if the memory is used up. */
void *safe_scratch_take(struct safe_scratch *s, size_t n);
/** Returns the untouched rest, to read a file of unknown length into; safe_scratch_keep() then keeps n bytes.
 */
void *safe_scratch_rest(struct safe_scratch *s, size_t *ret_size);
void safe_scratch_keep(struct safe_scratch *s, size_t n);

#endif
