/* SPDX-License-Identifier: MIT */
/* The stack of a location expression, and the operations that need nothing else. */
#ifndef CRUMPLE_TYPED_TYPED_ARITHMETIC_H
#define CRUMPLE_TYPED_TYPED_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#define TYPED_STACK_MAX 64

struct typed_stack {
    uint64_t word[TYPED_STACK_MAX];
    unsigned count;
};

/** Returns false if the stack is full, or empty. */
bool typed_stack_push(struct typed_stack *stack, uint64_t word);
bool typed_stack_pop(struct typed_stack *stack, uint64_t *ret_word);

/** Runs a constant, a move on the stack, arithmetic, logic or a comparison. Returns false if the operation
 * is none of them, or cannot be done: an empty stack, a division by zero. */
bool typed_arithmetic(struct typed_stack *stack, const Dwarf_Op *operation);

#endif
