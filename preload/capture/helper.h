/* SPDX-License-Identifier: MIT */
/*
 * The helper process: shares the memory of the dying process, nothing else (clone(2) with CLONE_VM, exit
 * signal 0). It has its own descriptors and dispositions, so it may open, close and crash as it likes, and
 * nobody waits for it: no SIGCHLD, no entry for waitpid(-1).
 *
 *   faulting thread          helper                           writer (exec'd by the helper)
 *   start, wait (deadline)   stop all threads
 *                            write NAME.core
 *                            progress = CORE_WRITTEN, wake
 *                            start the writer, wait           NAME.core -> NAME.tar.zst
 *   woken                    progress = FINISHED, wake
 *   dies                     ends with its host
 *
 * An ended helper is a zombie child of its host: a thread that could not be stopped may collect it by
 * waitpid(-1, __WALL), and when the host dies it becomes a child of PID 1, with SIGCHLD, which in a container
 * may be the master of a prefork server. So the faulting thread collects it; where there are threads that
 * could not be stopped, the helper lives until the host is dead.
 */
#ifndef PRELOAD_CAPTURE_HELPER_H
#define PRELOAD_CAPTURE_HELPER_H

#include <stdbool.h>

/* Runs a capture of safe_fault in a helper and waits for it, as CRUMPLE_WAIT and CRUMPLE_TIMEOUT say. */
void safe_helper_run(void);

/* Turns a clone that shares only our memory into a helper: no handlers, no descriptors of the application's,
 * no limits. goes_with_host: killed when the thread that made it ends. */
void safe_helper_become(bool goes_with_host);

/* Maps the helper's stack. In the constructor. Returns 0 or a negative errno. */
int safe_helper_prepare(void);

#endif
