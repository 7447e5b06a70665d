/* SPDX-License-Identifier: MIT */
/* Safe file: checks by which libc ends the process, but for those that abort. */
#ifndef CRUMPLE_PRELOAD_LIBC_DATA_CHECKS_H
#define CRUMPLE_PRELOAD_LIBC_DATA_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

/** True if a SIGSEGV of the instruction at pc is libc's way to say that memory is damaged. Signal-safe. */
bool libc_check_failed(uint64_t pc);

#endif
