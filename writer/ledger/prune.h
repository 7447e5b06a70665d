/* SPDX-License-Identifier: MIT */
/*
 * Deletes files of a crash directory to keep the limits of CRUMPLE_KEEP: those that retain/retain.h picks. Each is named in
 * crashes.ndjson first.
 */
#ifndef CRUMPLE_WRITER_LEDGER_PRUNE_H
#define CRUMPLE_WRITER_LEDGER_PRUNE_H

#include "ledger/keep.h"

/** Deletes until the directory holds no more than the limits but free space. spare: the bundle just
 * written, or NULL. Returns 0 or a negative errno; -EBUSY: another process is pruning. */
int prune_to_limits(int directory, const struct retain_rules *rules, const struct crash *crash,
                    const char *spare);

/** Whether the directory has so many files that to look at them takes longer than a dying server should wait. */
bool prune_takes_long(int directory);

/** Deletes files until the file system has the free space of the rules; deletes none if all together would
 * not be enough. Returns true if the space is there. */
bool prune_for_space(int directory, const struct retain_rules *rules, const struct crash *crash);

#endif
