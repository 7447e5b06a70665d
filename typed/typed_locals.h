/* SPDX-License-Identifier: MIT */
/* Arguments and local variables of a frame. */
#ifndef CRUMPLE_TYPED_TYPED_LOCALS_H
#define CRUMPLE_TYPED_TYPED_LOCALS_H

#include "typed_memory.h"
#include "typed_print.h"
#include "typed_type.h"

#define TYPED_REGISTERS 17 /* by DWARF number: rax rdx rcx rbx rsi rdi rbp rsp r8 ... r15, return address */

/* The registers of a frame, as its unwinder knows them. */
struct typed_frame {
    uint64_t value[TYPED_REGISTERS];
    uint32_t known; /* bit N: register N is known */
    uint64_t cfa;   /* canonical frame address: the stack pointer before the call; 0: unknown */
    uint64_t bias;  /* what addresses of the process have more than those of the debug information */
    const uint8_t (*xmm)[16]; /* the 16 vector registers, or NULL */
};

struct typed_local {
    const char *name;
    const char *function; /* that was inlined into the frame and has the variable; NULL: the frame's own */
    unsigned
        inlined; /* 0: of the innermost inlined function, 1: of the one around it, ...; the frame's own function has the highest */
    bool is_argument;
    struct typed_type type;
    struct typed_value value;
    const char
        *note; /* why there is no value: "<optimised out>", "<not saved>", "<not in the core>"; or NULL */
};

/** Takes a variable; returns false to end. Everything in it is lent for the call. */
typedef bool typed_take_local(const struct typed_local *local, void *context);

/**
 * Hands out the arguments and locals in scope at pc, an address as the debug information counts it (of a caller: the one before the return
 * address): innermost scope first, of a scope arguments first, in the order of the source. The unit is the compilation unit of pc.
 * Returns their number, or a negative errno: -ENOENT without a function there, -ETIME.
 */
int typed_locals(Dwarf_Die *unit, uint64_t pc, const struct typed_frame *frame,
                 const struct typed_memory *memory, int64_t deadline_ms, typed_take_local *take,
                 void *context);

#endif
