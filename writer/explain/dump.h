/* SPDX-License-Identifier: MIT */
/* A dump in words: who asked for it, why, and how long the threads were stopped. */
#ifndef CRUMPLE_WRITER_EXPLAIN_DUMP_H
#define CRUMPLE_WRITER_EXPLAIN_DUMP_H

#include <stdbool.h>

#include "base/buffer.h"

struct crash;

/** Returns true for a dump that somebody else than the process has asked for, and waits for: it is not suppressed because
 * there were others. */
bool dump_is_wanted(const struct crash *crash);

/**
 * Reads the reason that 'crumple dump' writes into the crash directory as soon as it knows that: waits for it for a moment.
 * Call it before the analysis; nothing happens if no reason is due. Whoever may write there may write anything.
 */
void dump_take_reason(struct crash *crash, int directory);

/** Fills crash->dump, title and signature. */
void dump_describe(struct crash *crash);

/** Appends the member "dump" of a report; nothing if the event is no dump. */
void dump_json(const struct crash *crash, struct buffer *out);

#endif
