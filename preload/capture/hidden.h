/* SPDX-License-Identifier: MIT */
/*
 * Memory of which no byte goes into a core, whoever points to it: what the application has marked with
 * MADV_DONTDUMP or made by memfd_secret(2), device memory (reading it may act on the device), and the strings
 * of the environment, of which the report shows only what is no secret.
 */
#ifndef PRELOAD_CAPTURE_HIDDEN_H
#define PRELOAD_CAPTURE_HIDDEN_H

#include "capture/segments.h"

/* The application has used MADV_DONTDUMP. Any thread; for the hook of madvise. */
void safe_hidden_note(void);

/*
 * Adds what is to be hidden to list->hidden, before the list is finished. Marked memory is known by
 * /proc/PID/smaps (VmFlags: dd, io), which the kernel takes long to write for a large process: it is read
 * only where the application has used MADV_DONTDUMP, for a second at most. Returns 0, or a negative errno:
 * what is marked is not known.
 */
int safe_hidden_find(struct safe_segments *list, const struct safe_maps *maps);

#endif
