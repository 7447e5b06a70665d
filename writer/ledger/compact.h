/* SPDX-License-Identifier: MIT */
/*
 * Keeps crashes.ndjson bounded: where it is larger than CRUMPLE_INDEX_MOST, its older lines give way to
 * 'totals' lines, which add up to the same. Lines whose bundle is still there stay, and so do the newest
 * ones.
 */
#ifndef WRITER_LEDGER_COMPACT_H
#define WRITER_LEDGER_COMPACT_H

#include "base/buffer.h"

/**
 * Compacts the file in the directory if it is too large. The caller has the lock of the directory. Nobody who
 * appends meanwhile waits longer than a copy of his own line takes, and no line is lost. Returns 0 (also
 * where nothing was to be done) or a negative errno: then the file is as it was.
 */
int compact_log(int directory);

/** The plain part: appends what is to stay of the lines in text, of which the newest keep bytes stay as they
 * are. Returns 0 or -ENOMEM. */
int compact_text(int directory, const char *text, size_t size, size_t keep, struct buffer *out);

#endif
