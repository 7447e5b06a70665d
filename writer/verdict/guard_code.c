/* SPDX-License-Identifier: MIT */
#include "verdict/guard_code.h"

#include <string.h>

#define DI 7 /* the first argument */

bool guard_code_fetch(const struct memory *memory, uint64_t address, struct instruction *ret_insn)
{
    uint8_t code[INSTRUCTION_BYTES];
    size_t size = sizeof code;
    while (size && !memory_read(memory, address, code, size))
        size--;
    return instruction_decode(code, size, address, ret_insn);
}

void guard_code_track(const struct instruction *insn, uint64_t registers[16])
{
    static const uint8_t lost_in_call[] = {0, 1, 2, 6, 7, 8, 9, 10, 11};
    if (insn->kind == INSTRUCTION_CALL) {
        for (size_t i = 0; i < sizeof lost_in_call; i++)
            registers[lost_in_call[i]] = 0;
    } else if (insn->map == 0 && (insn->opcode == 0x8d || (insn->opcode == 0x8b && insn->mod != 3))) {
        /* lea, or a load, from the global offset table as a rule: the same variable has the same entry */
        registers[insn->reg] = insn->has_address ? insn->address : 0;
    } else if (insn->map == 0 && insn->mod == 3 && (insn->opcode == 0x8b || insn->opcode == 0x89)) {
        uint8_t to = insn->opcode == 0x8b ? insn->reg : insn->rm;
        registers[to] = registers[insn->opcode == 0x8b ? insn->rm : insn->reg];
    } else if (insn->map == 0 && ((insn->opcode & 0xf8) == 0xb8 ||
                                  (insn->opcode == 0xc7 && insn->mod == 3 && (insn->reg & 7) == 0))) {
        registers[insn->rm] = insn->immediate; /* not position-independent */
    } else if (insn->map == 0 && (insn->opcode & 0xf8) == 0x58) {
        memset(registers, 0, 16 * sizeof *registers); /* pop */
    }
}

uint64_t guard_code_argument(const uint64_t registers[16])
{
    return registers[DI];
}
