/* SPDX-License-Identifier: MIT */
/* The memory of the process that died: whoever asks for values knows where its bytes are. */
#ifndef CRUMPLE_TYPED_TYPED_MEMORY_H
#define CRUMPLE_TYPED_TYPED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct typed_memory {
    /** Reads all of the bytes at an address of the process, or returns false. */
    bool (*read)(void *context, uint64_t address, void *bytes, size_t size);
    void *context;
};

/** Reads size bytes; false where they are not there. */
bool typed_read(const struct typed_memory *memory, uint64_t address, void *bytes, size_t size);

#endif
