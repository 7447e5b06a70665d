/* SPDX-License-Identifier: MIT */
/* The notes every ELF core has, as the kernel writes them (fs/binfmt_elf.c): what gdb, eu-stack and libunwind
 * read. */
#ifndef SAFE_KERNEL_NOTES_H
#define SAFE_KERNEL_NOTES_H

#include "safe_notes.h"

/* NT_PRSTATUS of a thread; sig is 0 for one that got none. */
void safe_kernel_notes_thread(struct safe_notes *n, int tid, int sig, int code, const ucontext_t *uc,
                              uint64_t fs_base);
/* All notes of the faulting thread, which have to come first and together; and NT_AUXV. */
void safe_kernel_notes_fault(struct safe_notes *n, const struct safe_capture *c);
/* NT_PRPSINFO; cmdline is /proc/PID/cmdline. */
void safe_kernel_notes_process(struct safe_notes *n, const char *cmdline, long cmdline_bytes);
/* NT_FILE of all modules. */
void safe_kernel_notes_files(struct safe_notes *n, const struct safe_maps *maps);

#endif
