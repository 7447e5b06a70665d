/* SPDX-License-Identifier: MIT */
/* The keeper's work; all of it runs in the keeper. own: the keeper's stack, which holds no lock of the host.
 */
#ifndef CRUMPLE_PRELOAD_CONTAIN_KEEPER_WORK_H
#define CRUMPLE_PRELOAD_CONTAIN_KEEPER_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "contain/keeper.h"
#include "proc/lock_words.h"

/** Captures the faulting thread, gets the writer's verdict, and has the bundle made. */
enum safe_answer safe_keeper_work_capture(const struct safe_scan_skip *own);
/** Writes a counted line for the fault, instead of a bundle. */
enum safe_answer safe_keeper_work_count(const struct safe_scan_skip *own);
/** Once per tick: watches ended threads, writes events, refreshes crumple.prom. */
void safe_keeper_work_do(uint64_t now_ns, int host);
/** Writes the remaining events, before the keeper leaves. */
void safe_keeper_work_last(void);
/** True if a thread is still watched, or events are unwritten. */
bool safe_keeper_work_pending(void);

#endif
