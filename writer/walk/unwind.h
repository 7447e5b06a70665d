/* SPDX-License-Identifier: MIT */
/*
 * One step up a stack by call frame information: libunwind's remote interface on top of struct memory.
 * walk/walk.c decides which frames to step with it, and what to do without such information.
 */
#ifndef CRUMPLE_WRITER_WALK_UNWIND_H
#define CRUMPLE_WRITER_WALK_UNWIND_H

#include <libunwind-x86_64.h>

#include "core/memory.h"

/* Bits of unwind_registers.known. */
enum {
    KNOWN_RBP = 1,
    KNOWN_RBX = 2,
    KNOWN_R12 = 4,
    KNOWN_R13 = 8,
    KNOWN_R14 = 16,
    KNOWN_R15 = 32,
    KNOWN_ALL = 63,
};

/* The registers that survive calls; what a step needs and yields. */
struct unwind_registers {
    uint64_t pc, sp, rbp, rbx, r12, r13, r14, r15;
    uint8_t known; /* those that hold what they held in this frame, and not in one farther in */
};

struct unwinder {
    const struct memory *memory;
    unw_addr_space_t space;
    unw_cursor_t cursor;
    uint64_t start[17]; /* registers the cursor was started with, by DWARF number; 16 is the pc */
    bool is_reading_tables;
    const struct module *module; /* whose tables these are */
    uint8_t known;               /* of the registers the cursor was started with */
    unsigned access_budget;      /* reads left in this step: CFI may be hostile and loop */
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

/** The registers of the current frame; one that cannot be read is 0. */
void unwind_get(struct unwinder *u, struct unwind_registers *ret_registers);

#endif
