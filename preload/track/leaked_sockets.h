/* SPDX-License-Identifier: MIT */
/*
 * The connections of ended threads. They are shut down, so that the peer reads end of file at once, but not
 * closed, because the application may still have the number in its tables. What the application does not
 * close stays open until the process ends, and there is a limit. In the faulting thread; guarded by the
 * claim.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_LEAKED_SOCKETS_H
#define CRUMPLE_PRELOAD_TRACK_LEAKED_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/**
 * only_last: only the connection that the thread used last, for a routine that runs again and goes on to
 * serve the others. expected counts these connections, shut shuts them down.
 */
uint32_t safe_leaks_expected(const struct safe_thread *t, bool only_last);
void safe_leaks_shut(const struct safe_thread *t, bool only_last);

/** The number of sockets that were shut down and are still open. */
uint32_t safe_leaks_now(void);
/** The limit: min(64, limit of descriptors / 16). */
uint32_t safe_leaks_most(void);

#endif
