/* SPDX-License-Identifier: MIT */
/* The list of memory ranges in a core: added in order of importance, then sorted and merged. In the helper.
 */
#ifndef CRUMPLE_PRELOAD_MEMORY_SEGMENTS_H
#define CRUMPLE_PRELOAD_MEMORY_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "proc/maps.h"

struct safe_segment {
    uint64_t start, end;
};

struct safe_segments {
    struct safe_segment *segment;
    uint32_t count, capacity;
    struct safe_segment *zero; /* ranges that hold zeros: no bytes in the file, read as zeros */
    uint32_t zero_count;
    struct safe_segment *hidden; /* ranges of which no byte goes into the core */
    uint32_t hidden_count;
    bool hidden_overflow; /* not all of them are known */
    bool overflow;        /* something was left out */
};

/* The pieces of a finished list in ascending order, disjoint: what a program header stands for. */
struct safe_segments_walk {
    uint32_t segment, zero;
    uint64_t at;
};

int safe_segments_open(struct safe_segments *list, uint32_t capacity, struct safe_scratch *scratch);
/**
 * Adds [start, end), without checking that it is mapped. Every byte of memory in a core has come through
 * here, and every page of zeros through safe_segments_add_zero.
 */
void safe_segments_add(struct safe_segments *list, uint64_t start, uint64_t end);
/** Adds the part of [start, end) in the mapping that holds 'at'; nothing if that is not readable. */
void safe_segments_add_mapped(struct safe_segments *list, const struct safe_maps *maps, uint64_t at,
                              uint64_t start, uint64_t end);
/** Adds memory that is known, without reading it, to hold zeros. */
void safe_segments_add_zero(struct safe_segments *list, uint64_t start, uint64_t end);
/** Keeps a range out of the core, even if it was or will be added. */
void safe_segments_hide(struct safe_segments *list, uint64_t start, uint64_t end);
/**
 * Sorts and merges what was added from the index 'from' on, which is equally important: neighbours then count as one
 * against the limit.
 */
void safe_segments_settle(struct safe_segments *list, uint32_t from);
/** Sorts, merges neighbours, removes hidden ranges, and cuts to the limit. */
void safe_segments_finish(struct safe_segments *list, uint32_t limit);
/** The next piece; false at the end. *ret_zero: zeros, of which the file holds no bytes. */
bool safe_segments_next(const struct safe_segments *list, struct safe_segments_walk *walk,
                        struct safe_segment *ret_piece, bool *ret_zero);

#endif
