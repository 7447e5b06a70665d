/* SPDX-License-Identifier: MIT */
/*
 * Global variables: the writable segments (.data, .bss, and what RELRO has made read-only) of the executable,
 * of the dynamic loader and of the modules that the faulting thread's stack leads to, up to a limit for each
 * module and in sum. A page of .bss that nobody has touched holds zeros and takes no room. What is beyond the
 * limits, and the segments of other modules, are in no way part of the core: a debugger says so.
 */
#ifndef PRELOAD_CAPTURE_GLOBALS_H
#define PRELOAD_CAPTURE_GLOBALS_H

#include <ucontext.h>

#include "proc/maps.h"
#include "capture/segments.h"

/* own_stack: so many segments at the beginning of the list are stacks of the faulting thread. */
void safe_globals_add(struct safe_segments *list, const struct safe_maps *maps, const ucontext_t *context,
                      uint32_t own_stack);

#endif
