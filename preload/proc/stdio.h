/* SPDX-License-Identifier: MIT */
/* Safe file: does a thread hold the lock of a FILE (by flockfile, or inside a libc call)? In the faulting
 * thread. */
#ifndef CRUMPLE_PRELOAD_PROC_STDIO_H
#define CRUMPLE_PRELOAD_PROC_STDIO_H

#include <stdbool.h>
#include <stdint.h>

/** Sets the address of libc's variable _IO_list_all; 0 if unknown. Once, in the constructor. */
void safe_stdio_set_list(uint64_t address);
/**
 * True if the thread with this thread pointer (the base of fs) has locked one of the process's FILEs. Also
 * true if the list is unreadable or unreasonably long. Does not see FILEs that libc does not list (glibc
 * lists all). Signal-safe.
 */
bool safe_stdio_held(uint64_t thread_pointer);

#endif
