/* SPDX-License-Identifier: MIT */
/*
 * What a program may ask of crumple, if it wants to. The program needs no library for it: the reference is weak, and
 * NULL where crumple is not preloaded.
 *
 *   if (crumple_dump)
 *       crumple_dump("the queue has not moved for a minute");
 */
#ifndef CRUMPLE_H
#define CRUMPLE_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Captures all threads of this process in a bundle, as 'crumple dump' does; the process goes on (docs/dump.md). The
 * other threads are stopped for some milliseconds, the calling one waits until the bundle is complete. reason: any text
 * or NULL; 127 bytes of it are kept. Any thread, also in a signal handler. Leaves errno as it is.
 *
 * Returns 0, or a negative errno: -EAGAIN: another dump or the report of a fault is under way, or the last dump was less
 * than a second ago; -ENOSYS: crumple is disabled; -EIO: no bundle was made, and a line on stderr says why; -ETIMEDOUT:
 * it took too long; -EXDEV: the process has left its PID namespace (unshare); -EPERM: a vfork child.
 */
int crumple_dump(const char *reason) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
