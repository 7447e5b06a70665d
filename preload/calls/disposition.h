/* SPDX-License-Identifier: MIT */
/*
 * The application's view of its signals, and what the kernel has instead. No locks: an application may call
 * sigaction(2) in signal handlers.
 *
 *   the application sets        the kernel has                the application reads back
 *   SIG_DFL of a fatal signal,  safe_fatal_handler            SIG_DFL, its flags and mask
 *   or one of CRUMPLE_SIGNALS
 *
 *   SIG_IGN                     SIG_IGN                       the same
 *   a handler of a fatal         safe_entry (fault/entry.h)    its handler, flags and mask; SIG_DFL once a
 *   signal, or with SA_ONSTACK                                handler with SA_RESETHAND has run
 *
 *   another handler             the handler                   the same
 *
 * SIG_DFL means that the kernel has crumple's handler; there is no second record that could go stale. Masks
 * of handlers lose the synchronous signals whose default crumple replaces (a fault of a blocked signal
 * bypasses every handler). Reads add these signals again, and a signal that is sent is held back
 * (fault/blocked.h).
 */
#ifndef CRUMPLE_PRELOAD_CALLS_DISPOSITION_H
#define CRUMPLE_PRELOAD_CALLS_DISPOSITION_H

#include <signal.h>
#include <stdbool.h>

#include "state/fault.h"
#include "base/sys.h"

/** sigaction(2) as the application sees it. Returns 0, or -1 with errno. */
int disposition_set(int sig, const struct sigaction *act, struct sigaction *old);

/** Converts a handler that libc's signal() returned into the one that the application should see. */
sighandler_t disposition_shown(int sig, sighandler_t kernel_handler);
/** libc's signal() has set a handler without disposition_set: puts that of a fatal signal behind
 * safe_entry. */
void disposition_bypassed(int sig);

/** Another interposer of sigaction is between crumple and libc. Call it before disposition_take_over. */
void disposition_expect_interposer(void);
/** True if the kernel must have the application's alternate stacks, because safe_entry cannot enter all of its
 * handlers. */
bool disposition_leaves_stacks(void);
/** Takes over the fatal signals with the default disposition, and unblocks those that were blocked before
 * exec; and those of CRUMPLE_SIGNALS that any thread may get. In the constructor. */
void disposition_take_over(void);
/** Those of CRUMPLE_SIGNALS that the main thread may die of unseen: in the hooks that make a thread. A process
 * that never makes one keeps the kernel's default. */
void disposition_watch_threads(void);

/**
 * True in a vfork child. It shares our memory, so the dispositions that it sets for itself (shells reset all
 * before exec) must not change its parent's records. A forked child finds its own pid, or 0.
 */
static inline bool disposition_is_vfork_child(void)
{
    int pid = safe_state ? __atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE) : 0;
    return pid && pid != safe_getpid();
}

/** The calling thread is in a libc function that always ends in abort(): if the application's SIGABRT handler
 * returns, that is the moment to report. */
void disposition_expect_abort(void);

#endif
