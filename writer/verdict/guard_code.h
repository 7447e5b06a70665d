/* SPDX-License-Identifier: MIT */
/* Reading code one instruction after the other, with a rough idea of the addresses that registers hold. */
#ifndef WRITER_VERDICT_GUARD_CODE_H
#define WRITER_VERDICT_GUARD_CODE_H

#include "code/instruction.h"
#include "core/memory.h"

/** Decodes the instruction at address. Returns false where there is none that is known. */
bool guard_code_fetch(const struct memory *memory, uint64_t address, struct instruction *ret_insn);

/** What insn leaves in the 16 registers: the address that it names, or 0 where it is not known. */
void guard_code_track(const struct instruction *insn, uint64_t registers[16]);

/** The first argument of a call. */
uint64_t guard_code_argument(const uint64_t registers[16]);

#endif
