/* SPDX-License-Identifier: MIT */
/* What is done to a crash directory after an event: the log is kept bounded, the metrics are derived from it.
 */
#ifndef WRITER_LEDGER_UPKEEP_H
#define WRITER_LEDGER_UPKEEP_H

#include <stdbool.h>

/** Takes the lock of the directory, which serialises all upkeep in it; waits for at most tries times 2 ms.
 * Returns whether it has it, or may do without: some file systems do not lock directories. */
bool upkeep_lock(int directory, int tries);

void upkeep_unlock(int directory);

/** Writes crumple.prom, then renames the log where it is too large. Returns 0 or a negative errno of the former;
 * -EBUSY: another process holds the lock of the directory all the time. *ret_rotate_error: 0 or a negative errno
 * of the latter. */
int upkeep_run(int directory, int tries, int *ret_rotate_error);

#endif
