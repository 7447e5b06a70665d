/* SPDX-License-Identifier: MIT */
/*
 * What instructions do to the stack pointer and to the registers that survive calls: pushes, pops, moves between
 * registers and the stack, and sums with constants. All else only makes a register unknown.
 */
#ifndef CRUMPLE_WRITER_CODE_MACHINE_H
#define CRUMPLE_WRITER_CODE_MACHINE_H

#include "code/instruction.h"
#include "core/memory.h"

#define MACHINE_STORES 24

/* Registers by their numbers in code. */
enum {
    MACHINE_RAX,
    MACHINE_RCX,
    MACHINE_RDX,
    MACHINE_RBX,
    MACHINE_RSP,
    MACHINE_RBP,
    MACHINE_RSI,
    MACHINE_RDI
};

enum machine_kind {
    MACHINE_UNKNOWN = 0,
    MACHINE_NUMBER,
    MACHINE_CALLERS /* what the caller had in register 'number' */
};

struct machine_value {
    uint64_t number;
    uint8_t kind; /* enum machine_kind */
};

struct machine {
    const struct memory *memory; /* what the stack held before the first instruction; NULL: not known */
    struct machine_value registers[16];
    struct {
        uint64_t address;
        struct machine_value value;
    } stores[MACHINE_STORES]; /* words that the instructions have stored */
    uint8_t store_count;
    bool is_full; /* some stores are forgotten: what is loaded is not known */
};

/** The word at address. */
struct machine_value machine_load(const struct machine *machine, uint64_t address);

/** Executes an instruction whose bytes are at code. A jump or a return does nothing; a call has already come back. */
void machine_execute(struct machine *machine, const struct instruction *insn, const uint8_t *code);

#endif
