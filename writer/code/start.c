/* SPDX-License-Identifier: MIT */
#include "code/start.h"

#include <string.h>

#include "code/branch.h"
#include "code/eh_bytes.h"
#include "code/eh_frame.h"
#include "code/imports.h"
#include "code/instruction.h"
#include "code/way.h"

#define START_BYTES 64
#define RDI         7

/* What the instruction puts into %rdi; 0: it is another one. */
static uint64_t put_into_rdi(const struct module *module, const struct instruction *insn, const uint8_t *end,
                             uint64_t next)
{
    struct import_name name;
    uint64_t value = 0;
    int32_t number;
    if (insn->map)
        return 0;
    if (insn->opcode == 0x8d && insn->is_relative && insn->reg == RDI) /* lea main(%rip),%rdi */
        return next + insn->displacement;
    if (insn->opcode == 0x8b && insn->is_relative && insn->reg == RDI && /* mov main@GOTPCREL(%rip),%rdi */
        imports_at(module, next + insn->displacement, &name, &value))
        return value;
    memcpy(&number, end - sizeof number, sizeof number);
    if (insn->opcode == 0xc7 && insn->mod == 3 && insn->rm == RDI) /* mov $main,%rdi */
        return (uint64_t)(int64_t)number;
    if (insn->opcode == 0xbf) /* mov $main,%edi */
        return (uint32_t)number;
    return 0;
}

/* What the code at start hands on as main; 0: nothing. *ret_call: the last direct call's target. */
static uint64_t main_put_at(const struct memory *memory, const struct module *module, uint64_t start,
                            uint64_t *ret_call)
{
    struct eh_bytes bytes;
    struct instruction insn;
    if (!eh_bytes_at(memory, start, &bytes))
        return 0;
    const size_t known = (size_t)(bytes.end - bytes.at), size = known < START_BYTES ? known : START_BYTES;
    for (size_t at = 0; at < size && instruction_decode(bytes.at + at, size - at, &insn); at += insn.length) {
        if (insn.length < 5)
            continue;
        const uint64_t put =
            put_into_rdi(module, &insn, bytes.at + at + insn.length, start + at + insn.length);
        if (put)
            return put;
        if (branch_read(&insn, bytes.at + at, start + at, ret_call) == BRANCH_CALL)
            return 0;
    }
    return 0;
}

uint64_t start_main(const struct memory *memory, const struct module *module)
{
    uint64_t call = 0;
    if (!module->view.header.e_entry)
        return 0;
    const uint64_t put = main_put_at(memory, module, module->view.bias + module->view.header.e_entry, &call);
    /* musl's _start calls a function in C, which hands main on. */
    return put || !call ? put : main_put_at(memory, module, call, &call);
}

bool start_leads(const struct memory *memory, const struct module *module, uint64_t pc)
{
    return module->view.header.e_entry &&
           way_leads(memory, module->view.bias + module->view.header.e_entry, pc);
}
