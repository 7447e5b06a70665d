/* SPDX-License-Identifier: MIT */
#include "code/operand.h"

#define VECTOR_MAP 0x10 /* instruction.map: VEX and EVEX */

static const char *const names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

const char *operand_register_name(uint8_t number)
{
    return number < 16 ? names[number] : NULL;
}

uint64_t operand_register(const struct user_regs_struct *r, uint8_t number)
{
    const uint64_t values[16] = {r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi,
                                 r->r8,  r->r9,  r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};
    return number < 16 ? values[number] : 0;
}

/* Of a gather the index is a vector; EVEX scales its displacement by what it reads. */
static bool is_beyond_us(const struct instruction *insn)
{
    return (insn->map == VECTOR_MAP + 2 && insn->opcode >= 0x90 && insn->opcode <= 0x93) ||
           (insn->is_evex && insn->mod == 1);
}

bool operand_address(const struct instruction *insn, const struct user_regs_struct *registers, uint64_t pc,
                     uint64_t *ret_address)
{
    if (!insn->has_modrm || insn->mod == 3 || is_beyond_us(insn))
        return false;
    uint64_t address = insn->is_relative ? pc + insn->length : 0;
    address += insn->displacement + operand_register(registers, insn->base) +
               operand_register(registers, insn->index) * insn->scale;
    if (insn->has_short_address)
        address &= UINT32_MAX;
    if (insn->segment)
        address += insn->segment == 0x64 ? registers->fs_base : registers->gs_base;
    *ret_address = address;
    return true;
}

/* Of VEX and EVEX only those whose name says so: movaps, movapd, movdqa and the streaming ones. */
static bool is_aligned_vector(const struct instruction *insn)
{
    if (insn->map == VECTOR_MAP + 2)
        return insn->opcode == 0x2a;
    return insn->map == VECTOR_MAP + 1 &&
           (insn->opcode == 0x28 || insn->opcode == 0x29 || insn->opcode == 0x2b || insn->opcode == 0xe7 ||
            ((insn->opcode == 0x6f || insn->opcode == 0x7f) && insn->is_short));
}

/* The older ones with an operand of 16 bytes: all but those that were made for unaligned ones. */
static bool is_aligned_sse(const struct instruction *insn)
{
    const uint8_t op = insn->opcode;
    if (insn->map == 2 || insn->map == 3)
        return insn->is_short && op < 0xf0 && !(insn->map == 2 && op >= 0x20 && op <= 0x25) &&
               !(insn->map == 2 && op >= 0x30 && op <= 0x35) && !(insn->map == 3 && op >= 0x14 && op <= 0x22);
    if (insn->map != 1 || insn->repeat)
        return false;
    if (op == 0x28 || op == 0x29 || op == 0x2b || op == 0x14 || op == 0x15 || op == 0xc6)
        return true;
    if (op >= 0x51 && op <= 0x5f) /* arithmetic; 5a without a prefix reads 8 bytes */
        return op != 0x5a || insn->is_short;
    return insn->is_short && ((op >= 0x60 && op <= 0x7f && op != 0x6e && op != 0x7e) || op == 0xc2 ||
                              op == 0xe7 || (op >= 0xd0 && op != 0xd6 && op != 0xf7));
}

bool operand_must_be_aligned(const struct instruction *insn, unsigned *ret_bytes)
{
    *ret_bytes = 16;
    if (!insn->has_modrm || insn->mod == 3)
        return false;
    if (insn->map >= VECTOR_MAP) {
        *ret_bytes = insn->vector_bytes;
        return is_aligned_vector(insn);
    }
    if (insn->map == 1 && insn->opcode == 0xae) { /* fxsave, fxrstor; xsave, xrstor, xsaveopt */
        *ret_bytes = (insn->reg & 7) < 2 ? 16 : 64;
        return !insn->repeat && !insn->is_short &&
               ((insn->reg & 7) < 2 || ((insn->reg & 7) >= 4 && (insn->reg & 7) <= 6));
    }
    if (insn->map == 1 && insn->opcode == 0xc7) /* cmpxchg16b */
        return (insn->reg & 7) == 1 && insn->is_wide;
    return is_aligned_sse(insn);
}
