/* SPDX-License-Identifier: MIT */
/*
 * Thread-local variables: the blocks of the faulting thread, and the data that libthread_db reads to find
 * them (gdb before version 17 uses nothing else): glibc's thread descriptors, the vector of blocks (dtv), the
 * loader's table of modules with such variables, and two members of each link map. glibc describes the layout
 * of these by symbols of its own (nptl_db/structs.def); before 2.34 a program without threads has none. In
 * the helper.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_THREAD_LOCALS_H
#define CRUMPLE_PRELOAD_CAPTURE_THREAD_LOCALS_H

#include "proc/maps.h"
#include "memory/segments.h"
#include "stopped/stop.h"

/** own: the slot of the faulting thread; static_bytes: maximum size of the static block below a thread's
 * descriptor. */
void safe_thread_locals_add(struct safe_segments *list, const struct safe_maps *maps,
                            const struct safe_stop *stop, uint32_t own, uint64_t static_bytes);

#endif
