/* SPDX-License-Identifier: MIT */
/*
 * The captured process in /proc. Usually it is /proc/PID. After chroot the only /proc may be the held one
 * (proc/held_descriptors.h), and in a /proc of another PID namespace the process has another number, while
 * PID is a foreign process. In the helper, the keeper and the faulting thread.
 */
#ifndef CRUMPLE_PRELOAD_PROC_PROC_H
#define CRUMPLE_PRELOAD_PROC_PROC_H

#include <stdbool.h>
#include <stddef.h>

/** Finds process 'pid', once for each capture: the host of the helper or keeper, or the calling process. */
void safe_proc_find(int pid);

/** True if /proc uses the process and thread numbers of another namespace. */
bool safe_proc_is_foreign(void);

/** Writes "/proc/PID/NAME" into a buffer of 64 bytes, with the captured process's number in /proc. */
char *safe_proc_path(char *buffer, int pid, const char *name);
/** The same for a thread of the captured process; the buffer has 96 bytes. */
char *safe_proc_task_path(char *buffer, int pid, int tid, const char *name);

/** safe_open, and safe_open with safe_read_fd, for a path that begins with "/proc/". */
int safe_proc_open(const char *path, int flags);
long safe_proc_read(const char *path, void *buffer, size_t n);

#endif
