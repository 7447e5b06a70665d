/* SPDX-License-Identifier: MIT */
/*
 * Calls that never come back. A server's own way to die (log, format, abort) is told from the place that asked for
 * the death by this: no path through a function of the former kind leads to a return.
 */
#ifndef CRUMPLE_WRITER_CODE_NO_RETURN_H
#define CRUMPLE_WRITER_CODE_NO_RETURN_H

#include "core/memory.h"

#define NO_RETURN_JUMPS 16 /* out of one function */

/* What the instructions of a function say about its end. */
struct code_exits {
    bool returns; /* it returns, or it may: an indirect jump, bytes that are no instruction */
    uint64_t jumps[NO_RETURN_JUMPS]; /* targets outside of it */
    size_t jump_count;
    size_t calls;
};

/** Reads all instructions of the size bytes at code, which lie at address in the process. A plain function of its
 * arguments, which may be hostile. */
void code_exits_read(const uint8_t *code, size_t size, uint64_t address, struct code_exits *ret_exits);

/** Returns true for the plain name of a function of libc or of a language's runtime that never returns. */
bool no_return_name(const char *name, size_t size);

/* How the call of a function ends. */
struct no_return {
    bool is_certain; /* it never comes back */
    size_t calls;    /* calls that the called function makes itself; 0: not known */
};

/**
 * Finds out whether the call that ends at address (a return address) can come back. It cannot where it is the last
 * instruction of its function, where a trap follows, or where no path through the called function leads to a return.
 * entry is the address of the called function where the caller knows it, or 0: an indirect call has no target of its
 * own.
 */
struct no_return no_return_call(const struct memory *memory, uint64_t address, uint64_t entry);

#endif
