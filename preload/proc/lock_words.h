/* SPDX-License-Identifier: MIT */
/*
 * Safe file: searches the process's memory for a lock of a thread. The table of held locks has those that
 * went through redirected calls; the search finds the others (pointers from dlsym, objects loaded a moment
 * ago). In the keeper.
 */
#ifndef CRUMPLE_PRELOAD_PROC_LOCK_WORDS_H
#define CRUMPLE_PRELOAD_PROC_LOCK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "libc/data/lock_words.h"
#include "proc/maps.h"

/* crumple's own memory, which contains the thread's number for other reasons. */
struct safe_scan_skip {
    uint64_t start, end;
};

/**
 * Returns the address of a lock that one of these threads owns (libc_lock_find), in private writable memory; 0: none.
 * *ret_owner is the thread. Searches only resident pages, at most budget_bytes (about 10 GiB are copied per second).
 * *ret_complete is false if pages were left out or unreadable. Ignores locks shared with other processes. Never faults;
 * maps 64 KiB for the duration of the call.
 */
uint64_t safe_scan_owned(const struct safe_maps *maps, const int tids[LIBC_LOCK_TIDS],
                         const struct safe_scan_skip *skip, size_t skip_count, uint64_t budget_bytes,
                         int *ret_owner, bool *ret_complete);

#endif
