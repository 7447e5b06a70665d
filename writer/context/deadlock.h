/* SPDX-License-Identifier: MIT */
/* Threads that wait for each other in a circle. */
#ifndef CRUMPLE_WRITER_CONTEXT_DEADLOCK_H
#define CRUMPLE_WRITER_CONTEXT_DEADLOCK_H

#include "context/tid_index.h"
#include "crash/waits.h"

/**
 * Finds the circles among waits->items, and puts each into words. A wait with a time limit is part of none. All threads
 * were stopped when the owners were read, and each of a circle waits in the kernel: so none of them can have gone on.
 * Returns 0 or -ENOMEM.
 */
int deadlock_find(const struct tid_index *tids, struct waits *waits);

#endif
