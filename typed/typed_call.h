/* SPDX-License-Identifier: MIT */
/*
 * What a caller has put into a register for a call: an optimised function keeps no argument that it no longer needs, but
 * the debug information of the call often says what it was (DWARF 5, 3.4).
 */
#ifndef CRUMPLE_TYPED_TYPED_CALL_H
#define CRUMPLE_TYPED_TYPED_CALL_H

#include "typed_expression.h"

/**
 * Finds the call that returns to return_pc, an address as the debug information of the caller's unit counts it, and evaluates what it says
 * of a register, with the caller's frame. callee: the name of the function that runs (as the linker has it, or plain). A call of
 * another function does not count: that one has jumped on, with arguments of its own. Returns false if the value is not known.
 */
bool typed_call_read(Dwarf_Die *unit, uint64_t return_pc, const char *callee, unsigned number,
                     const struct typed_frame *caller, const struct typed_memory *memory, uint64_t *ret_word);

/** The name to give for the function that has pc: NULL where there is none. */
const char *typed_call_name(Dwarf_Die *unit, uint64_t pc);

#endif
