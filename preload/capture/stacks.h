/* SPDX-License-Identifier: MIT */
/*
 * Where the live stacks are, and which fault is the original one. In the helper.
 *
 * A thread's live stack is the part of the mapping above its stack pointer; glibc puts the thread descriptor
 * at the top, and nothing of use follows it. A thread in a signal handler may be on an alternate stack. Then
 * the kernel's signal frame, found by the address of its return trampoline, leads to the interrupted stack.
 * If a large frame has taken the stack pointer out of the stack, into its guard or further, the live stack is
 * the memory above the guard and the memory that the frame pointer leads to.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_STACKS_H
#define CRUMPLE_PRELOAD_CAPTURE_STACKS_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#include "proc/maps.h"
#include "memory/segments.h"
#include "capture/stop.h"

/* The fault of the report: that of the signal, or an outer one whose signal an application's handler raised
 * again. */
struct safe_origin {
    uint32_t slot; /* of the thread that faulted */
    int raised_by; /* tid that raised it again, 0 for none */
    siginfo_t info;
    ucontext_t context; /* only registers and mask are meaningful */
    uint64_t fp_state;  /* address of the fpstate, 0 for none */
};

/** The fault of the signal. */
void safe_stacks_origin_default(struct safe_origin *ret_origin);

/** Finds the original fault, by the signal frames on the stacks of all captured threads. */
void safe_stacks_find_origin(const struct safe_stop *stop, const struct safe_maps *maps,
                             struct safe_origin *ret_origin);

/** Adds the live stacks of the slot's thread, interrupted at 'context'. True if the cap cut one. */
bool safe_stacks_add(struct safe_segments *list, const struct safe_maps *maps, const ucontext_t *context,
                     const struct safe_slot *slot);

/** Adds memory around the registers of the faulting thread, and what its stack points to. */
void safe_stacks_add_surroundings(struct safe_segments *list, const struct safe_maps *maps,
                                  const ucontext_t *context);

#endif
