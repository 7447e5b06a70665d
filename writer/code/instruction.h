/* SPDX-License-Identifier: MIT */
/*
 * How long an instruction of x86-64 is, and where it leads: enough to follow the code that a compiler writes
 * (Intel SDM volume 2, chapter 2 and appendix A). A plain function of bytes, which may be hostile.
 */
#ifndef WRITER_CODE_INSTRUCTION_H
#define WRITER_CODE_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_BYTES       15 /* the longest one */
#define INSTRUCTION_NO_REGISTER 0xff

enum instruction_kind {
    INSTRUCTION_PLAIN = 0,
    INSTRUCTION_CALL,
    INSTRUCTION_JUMP,
    INSTRUCTION_BRANCH, /* conditional jump: target, or the next instruction */
    INSTRUCTION_END     /* ret, ud2, hlt, int3: the next instruction does not follow */
};

struct instruction {
    uint8_t length;
    uint8_t kind;     /* enum instruction_kind */
    bool has_target;  /* CALL, JUMP, BRANCH: direct, to target */
    bool has_address; /* its memory operand is relative to %rip, and lies at address */
    uint8_t map;      /* opcode map: 0 one byte, 1 0f, 2 0f38, 3 0f3a; other values: VEX, EVEX */
    uint8_t opcode;
    uint8_t mod, reg, rm;       /* of ModRM, with REX; mod 3: rm is a register; of mov $n,%reg rm */
    uint8_t base, index, scale; /* of a memory operand: numbers of registers, or INSTRUCTION_NO_REGISTER */
    uint8_t repeat, segment;    /* prefix f2 or f3; 64 (%fs) or 65 (%gs); or 0 */
    bool is_short, is_wide;     /* prefix 66; REX.W */
    bool has_rex;               /* without it 4 to 7 are %ah to %bh in an instruction of bytes */
    bool has_short_address;     /* prefix 67 */
    bool has_modrm, is_evex;    /* mod, reg and rm are told; it is EVEX-coded */
    uint8_t vector_bytes;       /* of VEX and EVEX: size of its registers */
    uint64_t displacement;      /* of a memory operand, extended with its sign */
    uint64_t target, address;
    uint64_t immediate; /* as it stands there, extended with its sign */
};

/**
 * Decodes the instruction in the size bytes at code, which lies at address. Returns false where that is none,
 * an unknown one, or cut off.
 */
bool instruction_decode(const uint8_t *code, size_t size, uint64_t address, struct instruction *ret_insn);

#endif
