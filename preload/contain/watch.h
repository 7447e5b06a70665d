/* SPDX-License-Identifier: MIT */
/* Threads that were let go to end: within two seconds the kernel must have forgotten them. */
#ifndef PRELOAD_CONTAIN_WATCH_H
#define PRELOAD_CONTAIN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/* By the faulting thread, with the claim, of itself. */
void safe_watch_add(int tid, struct safe_thread *thread);
/* By the keeper. A thread that is late is sent the signal that ends the process; a second later the process
 * is killed. */
void safe_watch_look(uint64_t now_ns, int host);
bool safe_watch_any(void);
/* By the faulting thread, before it adds itself. */
bool safe_watch_has_room(void);

#endif
