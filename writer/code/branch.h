/* SPDX-License-Identifier: MIT */
/* Direct calls and jumps, and where they lead. A plain function of an instruction. */
#ifndef CRUMPLE_WRITER_CODE_BRANCH_H
#define CRUMPLE_WRITER_CODE_BRANCH_H

#include "code/instruction.h"

enum branch { BRANCH_NONE, BRANCH_CALL, BRANCH_JUMP, BRANCH_CONDITIONAL };

/** Returns what kind of direct branch insn is, whose bytes are at code and which lies at address, and where it leads. */
enum branch branch_read(const struct instruction *insn, const uint8_t *code, uint64_t address,
                        uint64_t *ret_target);

#endif
