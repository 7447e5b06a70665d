/* SPDX-License-Identifier: MIT */
/*
 * How near a module is to the fault, by the words on the stacks that may be return addresses. A core has room for a
 * limited number of pieces: what is nearest comes first, and what is farthest is left out. In the helper.
 */
#ifndef CRUMPLE_PRELOAD_MEMORY_CALLED_H
#define CRUMPLE_PRELOAD_MEMORY_CALLED_H

#include "memory/modules.h"
#include "memory/segments.h"
#include "proc/maps.h"

/** Marks the code that pc and the stack [start, end) of the thread 'by' lead to. A thread's pc may be 0. */
void safe_called_mark(const struct safe_maps *maps, uint64_t pc, const struct safe_segment *stack,
                      enum safe_called by);

/** The nearest of the module's marks. Debuggers always need the executable and the loader's lists. */
enum safe_called safe_called_of(const struct safe_maps *maps, const struct safe_module *module);

/** Whether the modules are so many that some may have to be left out. Else their order does not matter, and the
 * other threads' stacks need not be searched. */
bool safe_called_matters(const struct safe_maps *maps);

#endif
