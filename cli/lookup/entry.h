/* SPDX-License-Identifier: MIT */
/* What the registers of a frame held when its function was entered, as the callers' debug information says. */
#ifndef CRUMPLE_CLI_LOOKUP_ENTRY_H
#define CRUMPLE_CLI_LOOKUP_ENTRY_H

#include "lookup/frame_memory.h"

#define ENTRY_DEPTH_MAX 8 /* a caller may have passed on what it was given itself */

struct entry {
    struct frame_memory *memory;
    const struct typed_memory *reader;
    size_t frame;
    int depth;
};

/** Lets a frame ask its caller; entry must live as long as the registers. */
void entry_set(struct entry *entry, struct typed_frame *registers);

#endif
