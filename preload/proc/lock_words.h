/* SPDX-License-Identifier: MIT */
/*
 * Safe file: looks for a lock of a thread in the memory of the process. The table of held locks knows what
 * went through redirected calls; this finds what did not (pointers from dlsym, objects loaded a moment ago).
 */
#ifndef PRELOAD_PROC_LOCK_WORDS_H
#define PRELOAD_PROC_LOCK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "proc/maps.h"

/* Memory of crumple's own, where the thread's number stands for other reasons. */
struct safe_scan_skip {
    uint64_t start, end;
};

/*
 * The address of a pthread_mutex_t that 'tid' owns, or of a pthread_rwlock_t that it holds for writing, in
 * private writable memory; 0: none. Looks at resident pages only, at most budget_bytes of them (about 10 GiB
 * are copied a second); *ret_complete is false when some were left out, or could not be read. Locks shared
 * with other processes are not looked for. Never faults; maps itself 64 KiB for the time of the call.
 */
uint64_t safe_scan_owned(const struct safe_maps *maps, int tid, const struct safe_scan_skip *skip,
                         size_t skip_count, uint64_t budget_bytes, bool *ret_complete);

#endif
