/* SPDX-License-Identifier: MIT */
/*
 * Which calls of a module concern the guards of static variables (Itanium C++ ABI 3.3.3), and which do not
 * return: by relocations, or by symbols where the runtime is linked into the module.
 */
#ifndef WRITER_VERDICT_GUARD_CALLS_H
#define WRITER_VERDICT_GUARD_CALLS_H

#include "core/elf_symbols.h"
#include "core/imports.h"
#include "code/instruction.h"

enum guard_call {
    GUARD_CALL_OTHER = 0,
    GUARD_CALL_ACQUIRE,
    GUARD_CALL_RELEASE,
    GUARD_CALL_ABORT,
    GUARD_CALL_NORETURN
};

#define GUARD_CALL_NAMES 24
#define GUARD_CALL_MEMO  256

struct guard_calls {
    const struct memory *memory;
    const struct module *module; /* the one that is looked at */
    bool has_guards;             /* it can take one */
    struct symbol_named names[GUARD_CALL_NAMES];
    struct {
        uint64_t address;
        uint8_t call; /* enum guard_call */
    } memo[GUARD_CALL_MEMO];
};

/** Begins to look at module; cheap when it is the one of last time. Returns whether it has guards at all. */
bool guard_calls_begin(struct guard_calls *calls, const struct module *module);

/** What is called, or jumped to, by insn. registers: known contents of the 16, or 0. */
enum guard_call guard_calls_of(struct guard_calls *calls, const struct instruction *insn,
                               const uint64_t registers[16]);

/** What the call did that ends at return_address. */
enum guard_call guard_calls_before(struct guard_calls *calls, uint64_t return_address);

#endif
