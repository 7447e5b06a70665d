/* SPDX-License-Identifier: MIT */
/*
 * PID 1 of a namespace. The kernel drops every signal with the default disposition that is sent to PID 1 from
 * inside, and most of those from outside (signal(7), pid_namespaces(7)). Only a signal that an instruction of
 * its own forces on it kills PID 1 (kernel/signal.c, force_sig_info_to_task). Our handler in place of the
 * default must not change that.
 */
#ifndef CRUMPLE_PRELOAD_FAULT_INIT_H
#define CRUMPLE_PRELOAD_FAULT_INIT_H

#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

/** In the handler: true if the kernel would have dropped this signal. False for abort(), which goes on to its
 * halt instruction. */
bool safe_init_ignores(const siginfo_t *info, const ucontext_t *uc);
/** True if libc is in abort() at this context. */
bool safe_init_is_in_abort(const ucontext_t *uc);
/** Kills PID 1 for a signal that does not come again by itself: makes the faulting instruction fault again, or
 * does what abort() would do next. If neither is known, ends the process with 128 + signal. */
void safe_init_die(int sig, const siginfo_t *info, ucontext_t *uc);

#endif
