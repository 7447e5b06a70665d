/* SPDX-License-Identifier: MIT */
#include "core/memory.h"

#include <string.h>

bool memory_read(const struct memory *memory, uint64_t address, void *bytes, size_t size)
{
    if (core_read(memory->core, address, bytes, size) == size)
        return true;
    const struct module *module = modules_find(memory->modules, address);
    bool is_writable = false;
    const uint8_t *found = module ? module_file_at(module, address, size, &is_writable) : NULL;
    /* The file's bytes of a writable segment are what the variables were at the start: not evidence. */
    if (!found || is_writable)
        return false;
    memcpy(bytes, found, size);
    return true;
}

/*
 * ff /2 with each form of operand: size is the length of the instruction, which ends at code + 8. A prefix
 * (REX or 0x67) before it does not change the answer.
 */
static bool memory_is_indirect_call(const uint8_t code[8], size_t size)
{
    const uint8_t *at = code + (8 - size);
    if (at[0] != 0xff || (at[1] & 0x38) != 0x10)
        return false;
    unsigned mode = at[1] >> 6, base = at[1] & 7;
    size_t length = 2 + (mode != 3 && base == 4) + (mode == 1 ? 1 : mode == 2 ? 4 : 0);
    if (mode == 0 && (base == 5 || (base == 4 && size > 2 && (at[2] & 7) == 5)))
        length += 4;
    return length == size;
}

int memory_follows_call(const struct memory *memory, uint64_t address)
{
    uint8_t code[8];
    if (!memory_read(memory, address - 8, code, sizeof code))
        return -1;
    if (code[3] == 0xe8)
        return 1;
    for (size_t size = 2; size <= 7; size++)
        if (memory_is_indirect_call(code, size))
            return 1;
    return 0;
}

bool memory_call_target(const struct memory *memory, uint64_t address, uint64_t *ret_target)
{
    uint8_t code[5];
    int32_t distance;
    if (!memory_read(memory, address - sizeof code, code, sizeof code) || code[0] != 0xe8)
        return false;
    memcpy(&distance, code + 1, sizeof distance);
    *ret_target = address + (uint64_t)(int64_t)distance;
    return true;
}

bool memory_calls(const struct memory *memory, uint64_t address, uint64_t pc, uint64_t reach)
{
    uint64_t target;
    return memory_call_target(memory, address, &target) && pc - target <= reach;
}
