/* SPDX-License-Identifier: MIT */
/* The upkeep of a crash directory after an event: limits the size of the log and derives the metrics from it.
 */
#ifndef CRUMPLE_WRITER_LEDGER_UPKEEP_H
#define CRUMPLE_WRITER_LEDGER_UPKEEP_H

#include <stdbool.h>

/** Takes the lock of the directory, which serialises all upkeep in it; waits for at most tries times 2 ms.
 * Returns true if it has the lock, or needs none: some file systems cannot lock directories. */
bool upkeep_lock(int directory, int tries);

void upkeep_unlock(int directory);

/** Writes crumple.prom, then renames the log where it is too large. Returns 0 or a negative errno of the
 * former; -EBUSY: another process holds the lock of the directory all the time. *ret_rotate_error: 0 or a
 * negative errno of the latter. */
int upkeep_run(int directory, int tries, int *ret_rotate_error);

#endif
