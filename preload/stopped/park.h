/* SPDX-License-Identifier: MIT */
/* The half of stopping that runs in the stopped threads; stopped/stop.h describes the whole. */
#ifndef CRUMPLE_PRELOAD_STOPPED_PARK_H
#define CRUMPLE_PRELOAD_STOPPED_PARK_H

#include "stopped/stop.h"

/* Beside LIBC_STOP_SIGNAL, which also asks for a dump. */
#define SAFE_FALLBACK_SIGNAL SIGSTKFLT

/** Installs the handlers of both signals (for a dump, of the first); the old ones go to safe_fault.old. In the faulting
 * thread. */
void safe_park_prepare(void);
/** From now on, a thread that gets one of the signals looks for its slot in 'stop'. In the helper. */
void safe_park_begin(struct safe_stop *stop);
/** Releases the parked threads and parks none from now on, because the process goes on, with its exit or
 * after a dump. The handlers stay: a signal that is still on its way would kill. */
void safe_park_release(void);
/** The slot of a thread, or NULL. */
struct safe_slot *safe_park_slot_of(struct safe_stop *stop, int tid);
/** Sleeps while *word is value, at most ns nanoseconds; 0 means without limit. May wake early. */
void safe_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns);

#endif
