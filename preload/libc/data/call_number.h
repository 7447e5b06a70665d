/* SPDX-License-Identifier: MIT */
/* Safe file: the number of a system call that libc does not set in the instruction before it, and that the kernel has
 * overwritten with the result. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_CALL_NUMBER_H
#define CRUMPLE_PRELOAD_LIBC_DATA_CALL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Learns how libc makes such calls. find(name) is dlsym. Once, in the constructor. */
void safe_call_number_prepare(void *(*find)(const char *name));
/** The number of the call that the thread with this stack pointer was in; false: not known. */
bool safe_call_number(uint64_t sp, uint32_t *ret_number);

#endif
