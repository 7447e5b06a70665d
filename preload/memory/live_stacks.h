/* SPDX-License-Identifier: MIT */
/*
 * Which memory is the live stack of a stack pointer? One large frame ('sub $N, %rsp') takes the pointer out
 * of the stack before the program touches the frame: into the guard, or below all mappings. The live stack is
 * then above the guard, and the memory in between may never have been written to.
 *
 * All of this runs in the helper process and makes only raw system calls.
 */
#ifndef CRUMPLE_PRELOAD_MEMORY_LIVE_STACKS_H
#define CRUMPLE_PRELOAD_MEMORY_LIVE_STACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "proc/maps.h"

/** True if the memory can be a stack. False for NULL. */
bool safe_live_is_stack(const struct safe_map *map);

/** Returns the mapping with the stack of *sp and moves *sp to the lowest address of its live part. NULL, *sp
 * untouched, if no stack is near. */
const struct safe_map *safe_live_stack(const struct safe_maps *maps, uint64_t *sp);

/**
 * Whether 'bp' is a frame pointer: it leads to a return address. A function with an array of variable size
 * keeps one. Where the array reaches far below the stack, only the frame pointer leads back to it.
 */
bool safe_live_is_frame(const struct safe_maps *maps, uint64_t bp);

#endif
