/* SPDX-License-Identifier: MIT */
/* The notes of every ELF core, as the kernel writes them (fs/binfmt_elf.c) and gdb, eu-stack and libunwind
 * read them. In the helper. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_KERNEL_NOTES_H
#define CRUMPLE_PRELOAD_CAPTURE_KERNEL_NOTES_H

#include "capture/capture.h"

/** NT_PRSTATUS of a thread. sig is the signal that ends the process, the same for each thread as in the
 * kernel's core (gdb believes the last one), or 0. has_vectors: NT_FPREGSET follows. */
void safe_kernel_notes_thread(struct safe_notes *n, int tid, int sig, bool has_vectors, const ucontext_t *uc,
                              uint64_t fs_base);
/** The notes of the faulting thread must come first and together: NT_PRSTATUS, NT_FPREGSET with NT_X86_XSTATE,
 * NT_SIGINFO (if the event has a signal). */
void safe_kernel_notes_fault(struct safe_notes *n, const struct safe_capture *c);
void safe_kernel_notes_vectors(struct safe_notes *n, const struct safe_capture *c);
void safe_kernel_notes_signal(struct safe_notes *n, const struct safe_capture *c);
void safe_kernel_notes_auxv(struct safe_notes *n);
/** NT_PRPSINFO; cmdline is /proc/PID/cmdline. */
void safe_kernel_notes_process(struct safe_notes *n, const char *cmdline, long cmdline_bytes);
/** NT_FILE of all modules. */
void safe_kernel_notes_files(struct safe_notes *n, const struct safe_maps *maps);

#endif
