/* SPDX-License-Identifier: MIT */
/* Watches ended threads: within two seconds the kernel must have forgotten them. */
#ifndef CRUMPLE_PRELOAD_CONTAIN_WATCH_H
#define CRUMPLE_PRELOAD_CONTAIN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/** Adds the calling thread. In the faulting thread, with the claim. */
void safe_watch_add(int tid, struct safe_thread *thread);
/** Sends a late thread the signal that kills the process; a second later, kills the process. In the keeper. */
void safe_watch_look(uint64_t now_ns, int host);
bool safe_watch_any(void);
/** True if another thread can be added. In the faulting thread, with the claim. */
bool safe_watch_has_room(void);

#endif
