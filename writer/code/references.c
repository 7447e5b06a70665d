/* SPDX-License-Identifier: MIT */
#include "code/references.h"

#include <string.h>

#include "code/eh_frame.h"

#define REACH (UINT64_C(1) << 15)

struct nearest {
    uint64_t pc;
    uint64_t *targets; /* descending */
    size_t count, most;
};

static void add(struct nearest *nearest, uint64_t target)
{
    size_t at = 0;
    if (nearest->pc - target >= REACH)
        return;
    while (at < nearest->count && nearest->targets[at] > target)
        at++;
    if (at == nearest->most || (at < nearest->count && nearest->targets[at] == target))
        return;
    nearest->count += nearest->count < nearest->most;
    memmove(nearest->targets + at + 1, nearest->targets + at,
            (nearest->count - at - 1) * sizeof *nearest->targets);
    nearest->targets[at] = target;
}

/* call rel32, and lea rel32(%rip) with REX.W; both end in the distance. */
static void look_at(const struct eh_bytes *code, struct nearest *nearest)
{
    const size_t size = (size_t)(code->end - code->at);
    for (size_t at = 3; at + 4 <= size; at++) {
        const uint8_t *before = code->at + at;
        int32_t distance;
        if (before[-1] != 0xe8 &&
            (before[-2] != 0x8d || (before[-1] & 0xc7) != 0x05 || (before[-3] & 0xf8) != 0x48))
            continue;
        memcpy(&distance, before, sizeof distance);
        add(nearest, code->address + at + sizeof distance + (uint64_t)(int64_t)distance);
    }
}

size_t references_before(const struct memory *memory, const struct module *module, uint64_t pc,
                         uint64_t *ret_targets, size_t most)
{
    struct nearest nearest = {pc, ret_targets, 0, most};
    for (size_t i = 0; i < module->view.program_count; i++) {
        const Elf64_Phdr *program = &module->view.programs[i];
        struct eh_bytes code;
        if (program->p_type == PT_LOAD && program->p_flags & PF_X &&
            eh_bytes_at(memory, module->view.bias + program->p_vaddr, &code))
            look_at(&code, &nearest);
    }
    return nearest.count;
}
