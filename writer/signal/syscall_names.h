/* SPDX-License-Identifier: MIT */
/*
 * Names of system calls, from the kernel headers of the build machine: the Makefile writes them to
 * syscalls.inc. A table of our own would become outdated, and libseccomp's resolver would be one more library
 * for the same answer.
 */
#ifndef CRUMPLE_WRITER_SIGNAL_SYSCALL_NAMES_H
#define CRUMPLE_WRITER_SIGNAL_SYSCALL_NAMES_H

#include <stdint.h>

/** Returns the name of the system call, or NULL. arch: AUDIT_ARCH_*. */
const char *syscall_name(uint32_t arch, int64_t number);

/** Returns "x86-64", "x32", "i386", or NULL. */
const char *syscall_arch_name(uint32_t arch, int64_t number);

#endif
