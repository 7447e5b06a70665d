/* SPDX-License-Identifier: MIT */
/*
 * Memory that never goes into a core, even if a pointer leads to it: memory that the application has marked
 * with MADV_DONTDUMP or created with memfd_secret(2), device memory (reading it may act on the device), and
 * the strings of the environment, of which the report shows only harmless values; crumple's copy of its settings; what the
 * program has told (crumple.h).
 */
#ifndef CRUMPLE_PRELOAD_MEMORY_HIDDEN_H
#define CRUMPLE_PRELOAD_MEMORY_HIDDEN_H

#include "memory/segments.h"

/** Notes that the application has used MADV_DONTDUMP. For the hook of madvise, in any thread. */
void safe_hidden_note(void);

/**
 * Adds hidden memory to list->hidden, before the list is finished. In the helper. Marked memory is known from
 * /proc/PID/smaps (VmFlags: dd, io), which the kernel takes long to write for a large process: it is read
 * only if the application has used MADV_DONTDUMP, for a second at most. Returns 0, or a negative errno if
 * marked memory is unknown.
 */
int safe_hidden_find(struct safe_segments *list, const struct safe_maps *maps);

#endif
