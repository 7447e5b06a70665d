/* SPDX-License-Identifier: MIT */
/* The locks that threads hold (CRUMPLE_NOTE_HELD_LOCKS), and the variables that locks are. */
#ifndef CRUMPLE_WRITER_CONTEXT_LOCKS_H
#define CRUMPLE_WRITER_CONTEXT_LOCKS_H

#include "context/tid_index.h"
#include "crash/crash.h"

#define LOCKS_MAX        65536 /* of a note */
#define LOCK_PLACE_NAME  40    /* bytes of a variable's name that are shown */
#define LOCK_PLACE_BYTES (LOCK_PLACE_NAME + 24)

/** Reads the note into waits->held; lines that make no sense, and those of unknown threads, are skipped. Returns 0 or -ENOMEM. */
int locks_read(struct core_span note, const struct tid_index *tids, struct waits *waits);

/** Sets waits->places, of the locks of waits->held and of the addresses. Those are sorted. Returns 0 or -ENOMEM. */
int locks_find_places(struct crash *crash, const uint64_t *addresses, size_t count);

/** "world+0x8", "arena+0x4010" (of the module), or "": the lock at the address, whose place is that of 'known' (an address
 * near it that locks_find_places was given). Returns text. */
const char *locks_place_text(const struct crash *crash, uint64_t known, uint64_t address,
                             char text[LOCK_PLACE_BYTES]);

#endif
