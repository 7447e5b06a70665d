/* SPDX-License-Identifier: MIT */
/*
 * The helper of a dump: as that of a death (capture/helper.h), but the process goes on, so the helper keeps the threads
 * only until their memory is in the core. Also then it must not be seen by a wait of the application's, and nothing of
 * it may be in the way of a fault.
 *
 *   thread that is asked       helper                             writer
 *   claim, start, wait         stop all threads
 *                              write the core
 *                              release the threads, note how long they were stopped
 *   goes on <----------------  step = SAVED; the claim is the helper's
 *                              name the core, start the writer    NAME.core -> NAME.tar.zst
 *                              give memory and the claim back     .
 *                              wait for it, in memory of its own  ends
 *                              ends: a zombie, until it is reaped
 *
 * Who reaps: crumple_dump(), which waits for it; the process when 'crumple dump' says that it has seen the bundle; the
 * next dump, exit or death.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_DUMPER_H
#define CRUMPLE_PRELOAD_CAPTURE_DUMPER_H

#include <stdbool.h>

/**
 * Saves safe_fault, whose 'dump' is set, while all threads are stopped, for two seconds at most. With the claim, which
 * is not the caller's any more on success. Returns the helper's pid, or a negative errno if nothing was saved; -EXDEV: no
 * helper can be started in this PID namespace.
 */
int safe_dumper_run(void);

/** Collects the last helper if it has ended. Returns whether there is none any more. Any thread. */
bool safe_dumper_reap(void);

/** Waits until this helper has ended; another thread may have collected it. Returns the exit code of the writer (enum
 * crumple_writer_exit). */
int safe_dumper_wait(int pid);

#endif
