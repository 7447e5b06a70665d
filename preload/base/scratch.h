/* SPDX-License-Identifier: MIT */
/*
 * Memory for a capture: one mapping made when it begins, handed out from the bottom, and given back
 * only when the process lives on. Where nothing can be mapped (RLIMIT_AS, overcommit) a static reserve
 * serves: enough for some hundred threads.
 */
#ifndef PRELOAD_BASE_SCRATCH_H
#define PRELOAD_BASE_SCRATCH_H

#include <stddef.h>

struct safe_scratch {
    char *base;
    size_t used, size;
};

/* A stack with a guard page below it; *ret_low is its lowest byte. Returns 0 or a negative errno. */
int safe_scratch_map_stack(size_t bytes, char **ret_low);

void safe_scratch_open(struct safe_scratch *s);
/* Gives it all back: after a capture that the process survives. */
void safe_scratch_close(struct safe_scratch *s);
/* n bytes, 16-byte aligned, zeroed; NULL when there are no more. */
void *safe_scratch_take(struct safe_scratch *s, size_t n);
/* The untouched rest, for reading a file of unknown length; then keep what was used of it. */
void *safe_scratch_rest(struct safe_scratch *s, size_t *ret_size);
void safe_scratch_keep(struct safe_scratch *s, size_t n);

#endif
