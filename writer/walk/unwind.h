/* SPDX-License-Identifier: MIT */
/*
 * One step up a stack by call frame information: libunwind's remote interface on top of struct memory.
 * walk/walk.c decides which frames to step with it, and what to do without such information.
 */
#ifndef CRUMPLE_WRITER_WALK_UNWIND_H
#define CRUMPLE_WRITER_WALK_UNWIND_H

#include <libunwind-x86_64.h>

#include "core/memory.h"

/* The registers that survive calls; what a step needs and yields. */
struct unwind_registers {
    uint64_t pc, sp, rbp, rbx, r12, r13, r14, r15;
};

struct unwinder {
    const struct memory *memory;
    unw_addr_space_t space;
    unw_cursor_t cursor;
    uint64_t start[17]; /* registers the cursor was started with, by DWARF number; 16 is the pc */
    bool is_reading_tables;
    unsigned access_budget; /* reads left in this step: CFI may be hostile and loop */
};

/** Prepares u. Returns 0 or -ENOMEM. */
int unwind_init(struct unwinder *u, const struct memory *memory);

void unwind_release(struct unwinder *u);

/** Whether there is call frame information for the code at address. */
bool unwind_has_information(struct unwinder *u, uint64_t address);

/**
 * Starts at the interrupted code of registers (others, the caller-saved ones, may be NULL), or, if is_return,
 * at a return address: then the rules of the instruction before it count.
 */
int unwind_start(struct unwinder *u, const struct unwind_registers *registers,
                 const struct user_regs_struct *others, bool is_return);

/** One step. Returns 1, 0 at the end of the stack, or -EFAULT if memory it needs is not there. */
int unwind_step(struct unwinder *u);

/** pc and sp of the current frame: all that a step by CFI has to look at. */
void unwind_position(struct unwinder *u, uint64_t *ret_pc, uint64_t *ret_sp);

/** The registers of the current frame; an unknown one is 0. */
void unwind_get(struct unwinder *u, struct unwind_registers *ret_registers);

#endif
