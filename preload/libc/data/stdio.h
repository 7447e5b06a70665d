/* SPDX-License-Identifier: MIT */
/* Safe file: does a thread hold the lock of a FILE (by flockfile, or inside a libc call)? In the faulting
 * thread. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_STDIO_H
#define CRUMPLE_PRELOAD_LIBC_DATA_STDIO_H

#include <stdbool.h>
#include <stdint.h>

/** Finds out where libc keeps such locks. find: returns the address of a symbol of libc, NULL if it has none. Ordinary
 * code, once; not signal-safe. */
void safe_stdio_prepare(void *(*find)(const char *name));
/**
 * True if the thread with this thread pointer (the base of fs) has locked one of the process's FILEs. Also
 * true if what is to be read is unknown, unreadable or unreasonably long. Does not see FILEs that libc does not list:
 * glibc lists all; musl those that flockfile locked, and the three standard ones. Signal-safe.
 */
bool safe_stdio_held(uint64_t thread_pointer);
/** False: a thread may hold a FILE that safe_stdio_held does not see. */
bool safe_stdio_lists_all(void);

#endif
