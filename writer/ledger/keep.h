/* SPDX-License-Identifier: MIT */
/*
 * CRUMPLE_KEEP: which bundles are written, and how long they stay. A fault without a bundle is counted in
 * crashes.ndjson, and a deleted file is named there.
 */
#ifndef CRUMPLE_WRITER_LEDGER_KEEP_H
#define CRUMPLE_WRITER_LEDGER_KEEP_H

#include "crash/crash.h"
#include "retain_rules.h"

/**
 * Decides whether the analysed crash may leave a bundle in the directory. May delete old bundles to make
 * room. Sets crash->suppressed to the reason if it may not, else to "".
 */
void keep_admit(int directory, const struct retain_rules *rules, struct crash *crash);

#endif
