/* SPDX-License-Identifier: MIT */
/*
 * Where the live stacks are. In the helper.
 *
 * A thread's live stack is the part of the mapping above its stack pointer; glibc puts the thread descriptor
 * at the top, and nothing of use follows it. A thread in a signal handler may be on an alternate stack. Then
 * the kernel's signal frame, found by the address of its return trampoline, leads to the interrupted stack.
 * If a large frame has taken the stack pointer out of the stack, into its guard or further, the live stack is
 * the memory above the guard and the memory that the frame pointer leads to.
 */
#ifndef CRUMPLE_PRELOAD_STOPPED_STACKS_H
#define CRUMPLE_PRELOAD_STOPPED_STACKS_H

#include <stdint.h>
#include <ucontext.h>

#include "proc/maps.h"
#include "memory/segments.h"
#include "stopped/signal_frames.h"
#include "stopped/stop.h"

#define SAFE_STACKS_FRAMES 8 /* nested signal frames of a thread, the most that are looked at */

/** The signal frames on the stack above sp, innermost first. Returns their number. */
int safe_stacks_frames(const struct safe_maps *maps, uint64_t sp,
                       struct safe_frame frames[SAFE_STACKS_FRAMES]);

/** Adds the live stacks of the slot's thread, interrupted at 'context'. True if the cap cut one. */
bool safe_stacks_add(struct safe_segments *list, const struct safe_maps *maps, const ucontext_t *context,
                     const struct safe_slot *slot);

#endif
