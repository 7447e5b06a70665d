/* SPDX-License-Identifier: MIT */
/* The address of an instruction's memory operand, and the register that it comes from. Plain functions of an
 * instruction and of registers. */
#ifndef CRUMPLE_WRITER_CODE_OPERAND_H
#define CRUMPLE_WRITER_CODE_OPERAND_H

#include <sys/user.h>

#include "code/instruction.h"

/** Name of the register with that number in an instruction (0 is "rax"), or NULL. */
const char *operand_register_name(uint8_t number);

/** Value of that register, or 0. */
uint64_t operand_register(const struct user_regs_struct *registers, uint8_t number);

/** Returns true if the instruction has a memory operand with a known address. pc: address of the instruction.
 */
bool operand_address(const struct instruction *insn, const struct user_regs_struct *registers, uint64_t pc,
                     uint64_t *ret_address);

/** Whether the processor runs the instruction only on an address that is a multiple of *ret_bytes. */
bool operand_must_be_aligned(const struct instruction *insn, unsigned *ret_bytes);

#endif
