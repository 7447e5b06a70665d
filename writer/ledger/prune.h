/* SPDX-License-Identifier: MIT */
/*
 * Deletes what is oldest in a crash directory, to keep the limits of CRUMPLE_KEEP: bundles and pending cores
 * with a name as crumple gives it, and what killed writers left. Not the bundle of the fault at hand, not a
 * core of the last day (its writer may come yet), no temporary file of the last ten minutes, not a file that
 * somebody has given another name.
 */
#ifndef WRITER_LEDGER_PRUNE_H
#define WRITER_LEDGER_PRUNE_H

#include "ledger/keep.h"

/** Deletes until the directory holds no more than the limits on number and size. spare: the bundle just
 * written, or NULL. Returns 0 or a negative errno; -EBUSY: somebody else is at it. */
int prune_to_limits(int directory, const struct keep_rules *rules, const struct crash *crash,
                    const char *spare);

/** Whether the file system has the free space of the rules, after deleting what that takes. Nothing is
 * deleted where all of it together would not be enough. */
bool prune_for_space(int directory, const struct keep_rules *rules, const struct crash *crash);

#endif
