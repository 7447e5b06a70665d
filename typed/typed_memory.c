/* SPDX-License-Identifier: MIT */
#include "typed_memory.h"

bool typed_read(const struct typed_memory *memory, uint64_t address, void *bytes, size_t size)
{
    return memory && memory->read && address && address + size >= address &&
           memory->read(memory->context, address, bytes, size);
}
