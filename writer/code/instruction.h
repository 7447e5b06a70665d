/* SPDX-License-Identifier: MIT */
/*
 * One instruction of x86-64: its length and its operands, enough to say which address it works on (Intel SDM
 * volume 2, chapter 2 and appendix A). A plain function of bytes, which may be hostile.
 */
#ifndef CRUMPLE_WRITER_CODE_INSTRUCTION_H
#define CRUMPLE_WRITER_CODE_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_BYTES       15 /* the longest one */
#define INSTRUCTION_NO_REGISTER 0xff

struct instruction {
    uint8_t length;
    bool is_relative; /* its memory operand is relative to %rip, of the next instruction */
    uint8_t map;      /* opcode map: 0 one byte, 1 0f, 2 0f38, 3 0f3a; other values: VEX, EVEX */
    uint8_t opcode;
    uint8_t mod, reg, rm; /* of ModRM, with REX; mod 3: rm is a register. Without ModRM rm is the opcode's */
    uint8_t base, index, scale; /* of a memory operand: numbers of registers, or INSTRUCTION_NO_REGISTER */
    uint8_t repeat, segment;    /* prefix f2 or f3; 64 (%fs) or 65 (%gs); or 0 */
    bool is_short, is_wide;     /* prefix 66; REX.W */
    bool has_rex;               /* without it 4 to 7 are %ah to %bh in an instruction of bytes */
    bool has_short_address;     /* prefix 67 */
    bool has_modrm, is_evex;    /* mod, reg and rm are valid; it is EVEX-coded */
    uint8_t vector_bytes;       /* of VEX and EVEX: size of its registers */
    uint64_t displacement;      /* of a memory operand, extended with its sign */
};

/**
 * Decodes the instruction in the size bytes at code. Returns false where that is none, an unknown one, or cut
 * off.
 */
bool instruction_decode(const uint8_t *code, size_t size, struct instruction *ret_insn);

#endif
