/* SPDX-License-Identifier: MIT */
/*
 * CRUMPLE_HANDLER: the time that an application's own handler of a fault, or of its abort(), may take. A handler
 * that waits for a lock of the faulting thread never ends; past the limit the process dies of what the handler
 * was called for, with a report.
 *
 * The entry of the handler starts a timer of the kernel for its thread, and lets the handler return through a
 * trampoline that deletes the timer. The timer's signal is one of crumple's in the kernel; it comes while the
 * handler runs, for the entry keeps it open. A handler that has left by siglongjmp leaves the timer behind: its
 * signal then finds no live frame and changes nothing, but may interrupt a call that is not restarted.
 */
#ifndef CRUMPLE_PRELOAD_FAULT_LIMIT_H
#define CRUMPLE_PRELOAD_FAULT_LIMIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/** Starts the time of the handler whose signal frame this is, if there is a limit. In its entry. */
void safe_limit_begin(int sig, const siginfo_t *info, uint64_t frame);
/** The handler has returned. Called by the trampoline. */
void safe_limit_end(void);
/** preload/fault/arch_x86_64.S: the trampoline, an address only. */
void safe_restore_limited(void);

/** True for the siginfo of such a timer. */
bool safe_limit_is(const siginfo_t *info);
/** That timer's time has passed: true if its handler still runs; *ret_first is then what it was called for. */
bool safe_limit_passed(const siginfo_t *info, const ucontext_t *uc, siginfo_t *ret_first);

#endif
