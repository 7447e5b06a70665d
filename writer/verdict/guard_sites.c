/* SPDX-License-Identifier: MIT */
#include "verdict/guard_sites.h"

#include <elf.h>
#include <string.h>

#include "code/eh_frame.h"
#include "verdict/guard_code.h"

#define PARTS_MOST 32
#define PART_BYTES (1u << 20)

struct parts {
    struct eh_procedure part[PARTS_MOST];
    size_t count;
    bool are_too_many;
};

static void add_part(const struct guard_calls *calls, uint64_t address, struct parts *parts)
{
    struct eh_procedure part;
    if (eh_frame_find(calls->memory, calls->module, address, &part) < 0)
        return;
    for (size_t i = 0; i < parts->count; i++)
        if (parts->part[i].start == part.start)
            return;
    if (parts->count == PARTS_MOST)
        parts->are_too_many = true;
    else
        parts->part[parts->count++] = part;
}

/*
 * What jumps into the first part may be another part of its function: nothing else tells that two parts
 * belong together. Bytes inside of instructions may look like a jump; they only cost time.
 */
static void add_jumping(const struct guard_calls *calls, const uint8_t *code, size_t size, uint64_t address,
                        struct parts *parts)
{
    const struct eh_procedure first = parts->part[0];
    for (size_t i = 1; i + 5 <= size; i++) {
        int32_t distance;
        if (code[i] != 0xe9 && !((code[i] & 0xf0) == 0x80 && code[i - 1] == 0x0f))
            continue;
        memcpy(&distance, code + i + 1, sizeof distance);
        uint64_t target = address + i + 5 + (uint64_t)(int64_t)distance;
        if (target - first.start < first.end - first.start &&
            address + i - first.start >= first.end - first.start)
            add_part(calls, address + i, parts);
    }
}

static void find_parts(const struct guard_calls *calls, uint64_t address, struct parts *parts)
{
    const struct module *module = calls->module;
    *parts = (struct parts){0};
    add_part(calls, address, parts);
    for (size_t i = 0; parts->count && i < module->view.program_count; i++) {
        const Elf64_Phdr *segment = &module->view.programs[i];
        bool is_writable;
        const uint64_t at = module->view.bias + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        const uint8_t *code = module_file_at(module, at, segment->p_filesz, &is_writable);
        if (code)
            add_jumping(calls, code, segment->p_filesz, at, parts);
    }
}

size_t guard_sites_find(struct guard_calls *calls, uint64_t address,
                        struct guard_site sites[GUARD_SITES_MOST], bool *ret_is_partial)
{
    struct parts parts;
    size_t count = 0;
    find_parts(calls, address, &parts);
    *ret_is_partial = parts.are_too_many;
    for (size_t i = 0; i < parts.count; i++) {
        uint64_t registers[16] = {0}, at = parts.part[i].start;
        struct instruction insn;
        for (; at < parts.part[i].end && at - parts.part[i].start < PART_BYTES; at += insn.length) {
            if (!guard_code_fetch(calls->memory, at, &insn))
                break;
            bool is_acquire = insn.kind == INSTRUCTION_CALL &&
                              guard_calls_of(calls, &insn, registers) == GUARD_CALL_ACQUIRE;
            if (is_acquire && count < GUARD_SITES_MOST)
                sites[count++] = (struct guard_site){at + insn.length, guard_code_argument(registers)};
            else if (is_acquire)
                *ret_is_partial = true;
            guard_code_track(&insn, registers);
        }
        *ret_is_partial |= at < parts.part[i].end;
    }
    return count;
}
