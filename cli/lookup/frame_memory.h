/* SPDX-License-Identifier: MIT */
/* What a process had in memory and in its registers, from a bundle and from the files of its modules. */
#ifndef CRUMPLE_CLI_LOOKUP_FRAME_MEMORY_H
#define CRUMPLE_CLI_LOOKUP_FRAME_MEMORY_H

#include <jansson.h>

#include "lookup/modules.h"
#include "read/core_memory.h"
#include "typed_expression.h"

struct frame_memory {
    const struct core_memory *core;
    struct modules *modules;
    const json_t *report;
    char name[512]; /* that frame_memory_function has returned */
};

/** Memory for typed/; lives as long as 'memory'. The core first, then what the file of a module has that
 * nobody writes to. */
struct typed_memory frame_memory_of(struct frame_memory *memory);

/** The function at an address, readable, lent until the next call; NULL: unknown. context: a frame_memory. */
const char *frame_memory_function(void *context, uint64_t address);

/** The registers of a frame of the report's first thread. The canonical frame address is the stack pointer
 * of the next frame. */
void frame_memory_registers(const struct frame_memory *memory, size_t index, struct typed_frame *ret_frame);

#endif
