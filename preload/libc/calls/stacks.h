/* SPDX-License-Identifier: MIT */
/* Where a thread's stack ends. Ordinary code. */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_STACKS_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_STACKS_H

#include <stdint.h>

/** The lowest address of the calling thread's stack that may be used, or a higher one. bytes: its attribute's size less
 * its guard, 0 if that is not known. Not of the main thread. */
uint64_t libc_stack_low(uint64_t bytes);

#endif
