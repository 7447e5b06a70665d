/* SPDX-License-Identifier: MIT */
/*
 * Deletes the oldest files in a crash directory, to keep the limits of CRUMPLE_KEEP: bundles and pending
 * cores that still have crumple's name, and leftovers of killed writers. Never deletes the bundle of the
 * current fault, a core of the last day (its writer may still come), a temporary file of the last ten
 * minutes, or a renamed file.
 */
#ifndef CRUMPLE_WRITER_LEDGER_PRUNE_H
#define CRUMPLE_WRITER_LEDGER_PRUNE_H

#include "ledger/keep.h"

/** Deletes until the directory holds no more than the limits on number and size. spare: the bundle just
 * written, or NULL. Returns 0 or a negative errno; -EBUSY: another process is pruning. */
int prune_to_limits(int directory, const struct keep_rules *rules, const struct crash *crash,
                    const char *spare);

/** Deletes files until the file system has the free space of the rules; deletes none if all together would
 * not be enough. Returns true if the space is there. */
bool prune_for_space(int directory, const struct keep_rules *rules, const struct crash *crash);

#endif
