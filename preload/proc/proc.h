/* SPDX-License-Identifier: MIT */
/*
 * Where the process that is captured is found in /proc. Usually /proc/PID; but after chroot there may be no
 * /proc but the one that is held (proc/held_descriptors.h), and a /proc of another PID namespace knows the
 * process by another number, while PID is somebody else.
 */
#ifndef PRELOAD_PROC_PROC_H
#define PRELOAD_PROC_PROC_H

#include <stdbool.h>
#include <stddef.h>

/* Finds process 'pid': by the helper or the keeper that works for it, or by itself; once for each capture. */
void safe_proc_find(int pid);

/* True when the numbers of processes and threads in /proc are not those of our namespace. */
bool safe_proc_is_foreign(void);

/* "/proc/PID/NAME" in a buffer of 64 bytes, with the number by which /proc knows the captured process. */
char *safe_proc_path(char *buffer, int pid, const char *name);
/* The same of a thread of the captured process; 96 bytes. */
char *safe_proc_task_path(char *buffer, int pid, int tid, const char *name);

/* As safe_open and safe_read_file, for a path that begins with "/proc/". */
int safe_proc_open(const char *path, int flags);
long safe_proc_read(const char *path, void *buffer, size_t n);

#endif
