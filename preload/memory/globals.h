/* SPDX-License-Identifier: MIT */
/*
 * Global variables: the writable segments (.data, .bss, and what RELRO has made read-only) of the executable,
 * the dynamic loader and the modules that the faulting thread's stack leads to, up to a limit per module and
 * in sum. An untouched page of .bss holds zeros and takes no room. Memory beyond the limits, and the segments
 * of other modules, are in no way part of the core, so that a debugger calls them unknown. In the helper.
 */
#ifndef CRUMPLE_PRELOAD_MEMORY_GLOBALS_H
#define CRUMPLE_PRELOAD_MEMORY_GLOBALS_H

#include "proc/maps.h"
#include "memory/segments.h"

/** After the stacks were marked (memory/called.h). */
void safe_globals_add(struct safe_segments *list, const struct safe_maps *maps);

#endif
