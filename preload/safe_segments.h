/* SPDX-License-Identifier: MIT */
/* The list of memory ranges a core holds: added in order of importance, then sorted and merged. */
#ifndef SAFE_SEGMENTS_H
#define SAFE_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "safe_maps.h"

struct safe_segment {
    uint64_t start, end;
};

struct safe_segments {
    struct safe_segment *segment;
    uint32_t count, capacity;
    bool overflow; /* something was left out */
};

int safe_segments_open(struct safe_segments *list, uint32_t capacity, struct safe_scratch *scratch);
/* Adds [start, end), without checking that it is mapped. */
void safe_segments_add(struct safe_segments *list, uint64_t start, uint64_t end);
/* Adds what of [start, end) lies in the mapping that holds 'at'; nothing when that is not readable. */
void safe_segments_add_mapped(struct safe_segments *list, const struct safe_maps *maps, uint64_t at,
                              uint64_t start, uint64_t end);
/* Sorts, merges neighbours and cuts to the limit. */
void safe_segments_finish(struct safe_segments *list, uint32_t limit);

#endif
