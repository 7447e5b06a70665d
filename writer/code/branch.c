/* SPDX-License-Identifier: MIT */
#include "code/branch.h"

#include <string.h>

/* bytes: of the distance, which ends the instruction. */
static enum branch kind_of(const struct instruction *insn, size_t *ret_bytes)
{
    *ret_bytes = 4;
    if (insn->map == 1 && (insn->opcode & 0xf0) == 0x80)
        return BRANCH_CONDITIONAL;
    if (insn->map)
        return BRANCH_NONE;
    if (insn->opcode == 0xe8 || insn->opcode == 0xe9)
        return insn->opcode == 0xe8 ? BRANCH_CALL : BRANCH_JUMP;
    *ret_bytes = 1;
    if (insn->opcode == 0xeb)
        return BRANCH_JUMP;
    return (insn->opcode & 0xf0) == 0x70 || (insn->opcode & 0xfc) == 0xe0 ? BRANCH_CONDITIONAL : BRANCH_NONE;
}

enum branch branch_read(const struct instruction *insn, const uint8_t *code, uint64_t address,
                        uint64_t *ret_target)
{
    size_t bytes;
    int32_t distance;
    const enum branch kind = kind_of(insn, &bytes);
    if (kind == BRANCH_NONE)
        return kind;
    const uint8_t *end = code + insn->length;
    if (bytes == 1)
        distance = (int8_t)end[-1];
    else
        memcpy(&distance, end - sizeof distance, sizeof distance);
    *ret_target = address + insn->length + (uint64_t)(int64_t)distance;
    return kind;
}
