/* SPDX-License-Identifier: MIT */
/* The function behind a tail call: a wrapper that ended in a jump to it has left no frame. */
#ifndef WRITER_VERDICT_TAIL_CALLS_H
#define WRITER_VERDICT_TAIL_CALLS_H

#include "core/imports.h"

/**
 * Finds the import that the function at address jumps to as its last act, if there is exactly one and nothing
 * else that it jumps to. address is the target of a call whose function is not on the stack. Returns whether
 * there is one.
 */
bool tail_calls_find(const struct memory *memory, uint64_t address, struct import_name *ret_name);

#endif
