/* SPDX-License-Identifier: MIT */
/* The wait between a contained fault of a routine and its next run. In the restarted thread, in ordinary
 * context. */
#ifndef CRUMPLE_PRELOAD_END_RESTART_H
#define CRUMPLE_PRELOAD_END_RESTART_H

#include "state/thread.h"

/** Waits for the backoff, or as long as the routine is parked. The thread can be cancelled during the wait
 * if it could be before. */
void recover_restart_wait(struct safe_thread *t);

/** A thread that was cancelled while its routine was parked. */
void recover_restart_cancelled(struct safe_thread *t);

#endif
