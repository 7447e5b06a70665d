/* SPDX-License-Identifier: MIT */
/*
 * Signals that the application believes blocked although the kernel does not block them. A fault whose signal
 * is blocked kills without calling any handler, so the synchronous signals stay out of the kernel's masks as
 * far as crumple can show the application the mask that it has set. Three places remember the omitted signals:
 *
 *   safe_shadow          of a thread's mask; written by the mask hooks
 *
 *   safe_handler_mask[]  of the sa_mask of a handler; written by sigaction's hooks
 *   safe_handled         of a handler of a synchronous signal that runs; written by its entry
 *
 * No other record says whether a handler is running, since a handler may leave by longjmp: when a synchronous
 * signal has been sent, the signal frames on the stack show it.
 */
#ifndef CRUMPLE_PRELOAD_FAULT_BLOCKED_H
#define CRUMPLE_PRELOAD_FAULT_BLOCKED_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/sys.h"

/** A signal mask as the kernel knows it: one word of libc's larger set. */
uint64_t safe_mask_of(const ucontext_t *uc);
/**
 * The mask in force when the signal arrived. If the signal ends a wait, that is the wait's mask, while 'uc'
 * has the mask to be restored afterwards (kernel/signal.c, sigmask_to_save). has_tls: safe_fs_base() is not 0.
 */
uint64_t safe_mask_in_force(const ucontext_t *uc, bool has_tls);
void safe_mask_change(ucontext_t *uc, uint64_t block, uint64_t unblock);

/** Blocks a signal that was sent, also in 'uc', and queues it again: it is delivered when an outer handler returns.
 * Returns false if it cannot be queued. */
bool safe_blocked_until_return(int sig, siginfo_t *info, ucontext_t *uc);

/**
 * A sent signal that the application believes blocked must stay pending until it is unblocked: really blocks
 * it in 'uc' and queues it again. False: deliver it.
 */
bool safe_blocked_put_off(int sig, siginfo_t *info, ucontext_t *uc);

/** True if the application has blocked the signal of this fault, or its own handler for that signal is at
 * work, and another blocked signal proves that the mask is still in force: the kernel would have killed without
 * calling a handler. */
bool safe_blocked_for_certain(int sig, const ucontext_t *uc, bool has_tls);

#endif
