/* SPDX-License-Identifier: MIT */
/*
 * The connections of threads that were ended: shut down, so that the peer reads end of file at once, but not
 * closed, as the application may still have the number in its tables. What it does not close by itself stays
 * open for good, and there is a budget. Guarded by the claim.
 */
#ifndef PRELOAD_TRACK_LEAKED_SOCKETS_H
#define PRELOAD_TRACK_LEAKED_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

/*
 * only_last: of a routine that runs again only the connection it was busy with, the others are still served.
 */
uint32_t safe_leaks_expected(const struct safe_thread *t, bool only_last);
void safe_leaks_shut(const struct safe_thread *t, bool only_last);

/* Of those shut down so far: still open. */
uint32_t safe_leaks_now(void);
/* The budget: min(64, limit of descriptors / 16). */
uint32_t safe_leaks_most(void);

#endif
