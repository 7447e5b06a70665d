/* SPDX-License-Identifier: MIT */
/*
 * The helper process shares the memory of the dying process and nothing else (clone(2) with CLONE_VM, exit
 * signal 0). It has its own descriptors and dispositions, so it may open, close and crash as it likes. No
 * wait of the application sees it: no SIGCHLD, no entry for waitpid(-1).
 *
 *   faulting thread          helper                           writer (exec'd by the helper)
 *   start, wait (deadline)   stop all threads
 *                            write NAME.core
 *                            progress = CORE_WRITTEN, wake
 *                            start the writer, wait           NAME.core -> NAME.tar.zst
 *   woken                    progress = FINISHED, wake
 *   dies                     ends with its host
 *
 * An ended helper is a zombie child of its host. A thread that could not be stopped might reap it by
 * waitpid(-1, __WALL). When the host dies, the zombie becomes a child of PID 1, with SIGCHLD, and in a
 * container PID 1 may be the master of a prefork server. So the faulting thread reaps the helper; if there
 * are threads that could not be stopped, the helper lives until the host is dead.
 */
#ifndef CRUMPLE_PRELOAD_CAPTURE_HELPER_H
#define CRUMPLE_PRELOAD_CAPTURE_HELPER_H

#include <stdbool.h>

/** Captures safe_fault in a helper and waits for it as CRUMPLE_WAIT and CRUMPLE_TIMEOUT say. In the faulting
 * thread. */
void safe_helper_run(void);

/** Turns a clone that shares our memory into a helper: no handlers, descriptors or limits of the application.
 * goes_with_host: the kernel kills it when the thread that created it ends. */
void safe_helper_become(bool goes_with_host);

/** Maps the helper's stack. In the constructor. Returns 0 or a negative errno. */
int safe_helper_prepare(void);

#endif
