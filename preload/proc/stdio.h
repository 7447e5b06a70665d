/* SPDX-License-Identifier: MIT */
/* Safe file: does a thread hold the lock of a FILE (flockfile, or libc's own for the time of a call)? */
#ifndef PRELOAD_PROC_STDIO_H
#define PRELOAD_PROC_STDIO_H

#include <stdbool.h>
#include <stdint.h>

/* The address of libc's variable _IO_list_all, 0 where it is not known. Once, at the start. */
void safe_stdio_set_list(uint64_t address);
/*
 * True when one of the process's FILEs is locked by the thread, known by its thread pointer (the base of fs).
 * Also true when the list cannot be read to its end, or is longer than any list that is looked through. FILEs
 * that libc does not list (none in glibc) are not seen. Signal-safe.
 */
bool safe_stdio_held(uint64_t thread_pointer);

#endif
