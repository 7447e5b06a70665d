/* SPDX-License-Identifier: MIT */
/* Arguments and local variables of a frame. */
#ifndef CRUMPLE_TYPED_TYPED_LOCALS_H
#define CRUMPLE_TYPED_TYPED_LOCALS_H

#include "typed_expression.h"
#include "typed_print.h"

struct typed_local {
    const char *name; /* foreign text */
    unsigned inlined; /* 0: of the innermost function at pc, inlined or not; 1: of the one around it; ... */
    bool is_argument;
    struct typed_type type;
    struct typed_value value;
    const char
        *note; /* why there is no value: "<optimised out>", "<not saved>", "<not in the core>"; or NULL */
};

/** Takes a variable; returns false to end. Everything in it is lent for the call. */
typedef bool typed_take_local(const struct typed_local *local, void *context);

/**
 * Hands out the arguments and locals in scope at pc, an address as the debug information counts it (of a caller: the
 * one before the return address): innermost scope first, of a scope in the order of the source. unit: the compilation
 * unit of pc. Returns their number, or a negative errno: -ENOENT without a function there, -ETIME. deadline_ms: of typed_now_ms().
 */
int typed_locals(Dwarf_Die *unit, uint64_t pc, const struct typed_frame *frame,
                 const struct typed_memory *memory, int64_t deadline_ms, typed_take_local *take,
                 void *context);

#endif
