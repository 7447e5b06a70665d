/* SPDX-License-Identifier: MIT */
#include "code/cfa.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>

#define RETURN_COLUMN 16 /* of the return address (System V ABI for x86-64, figure 3.36) */

/* rax, rdx, rcx, rsi, rdi, r8 to r11, by the same figure. */
static bool is_scratch(uint64_t column)
{
    return column <= 11 && column != 3 && column != 6 && column != 7;
}

static bool needs_scratch(const Dwarf_Op *operations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Dwarf_Op *op = &operations[i];
        if ((op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31 && is_scratch(op->atom - DW_OP_breg0)) ||
            (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31 && is_scratch(op->atom - DW_OP_reg0)) ||
            ((op->atom == DW_OP_bregx || op->atom == DW_OP_regx) && is_scratch(op->number)))
            return true;
    }
    return false;
}

bool cfa_is_by_scratch(const struct module *module, uint64_t address)
{
    Dwarf_Frame *frame = NULL;
    Dwarf_Op *operations, memory[3];
    size_t count;
    bool found = false;
    elf_version(EV_CURRENT);
    Elf *elf = module->image ? elf_memory((char *)(uintptr_t)module->image, module->image_size) : NULL;
    Dwarf_CFI *table = elf ? dwarf_getcfi_elf(elf) : NULL;
    if (table && dwarf_cfi_addrframe(table, address - module->view.bias, &frame) == 0) {
        if (dwarf_frame_cfa(frame, &operations, &count) == 0)
            found = needs_scratch(operations, count);
        if (dwarf_frame_register(frame, RETURN_COLUMN, memory, &operations, &count) == 0)
            found |= needs_scratch(operations, count);
    }
    free(frame);
    dwarf_cfi_end(table);
    elf_end(elf);
    return found;
}
