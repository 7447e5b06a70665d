/* SPDX-License-Identifier: MIT */
/*
 * Names of system calls, as the kernel's headers of the build machine have them: the Makefile writes them to
 * syscalls.inc. A table of our own would grow old, and libseccomp's resolver is a library more to link for
 * the same answer.
 */
#ifndef WRITER_EXPLAIN_SYSCALL_NAMES_H
#define WRITER_EXPLAIN_SYSCALL_NAMES_H

#include <stdint.h>

/** Returns the name of the system call, or NULL. arch: AUDIT_ARCH_*. */
const char *syscall_name(uint32_t arch, int64_t number);

/** Returns "x86-64", "x32", "i386", or NULL. */
const char *syscall_arch_name(uint32_t arch, int64_t number);

#endif
