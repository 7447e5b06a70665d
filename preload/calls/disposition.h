/* SPDX-License-Identifier: MIT */
/*
 * The application's view of its signals, and what the kernel is told instead. No locks: sigaction(2) may be
 * called in signal handlers.
 *
 *   the application sets        the kernel has                the application reads back
 *   SIG_DFL                     safe_fatal_handler            SIG_DFL, its flags and mask
 *   SIG_IGN                     SIG_IGN                       the same
 *   a handler of a synchronous  safe_entry (fault/entry.h)     its handler, flags and mask; SIG_DFL once a
 *   signal, or with SA_ONSTACK,                               handler with SA_RESETHAND has run
 *   or of SIGABRT and to be
 *   reset
 *   another handler             the handler                   the same
 *   ... of SIGABRT              safe_entry, once an           its handler
 *                               assertion has failed
 *
 * 'The kernel's handler is ours' is what SIG_DFL means: no second record to go stale. Masks of handlers lose
 * the synchronous signals whose default crumple stands in for (a fault while blocked bypasses every handler);
 * what was taken out is added again when the application reads, and a signal that is sent is held back
 * (fault/blocked.h).
 */
#ifndef PRELOAD_CALLS_DISPOSITION_H
#define PRELOAD_CALLS_DISPOSITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "state/fault.h"
#include "base/sys.h"

typedef int (*disposition_sigaction)(int, const struct sigaction *, struct sigaction *);

/* sigaction(2) as the application sees it; 'kernel' is libc's function. Returns 0, or -1 with errno. */
int disposition_set(disposition_sigaction kernel, int sig, const struct sigaction *act,
                    struct sigaction *old);

/* A handler as libc's signal() returned it, as the application should see it. */
sighandler_t disposition_shown(int sig, sighandler_t kernel_handler);
/* libc's signal() has set a handler past disposition_set: a synchronous signal's is put behind the entry. */
void disposition_bypassed(int sig);

/* libc's function is reached through another interposer of sigaction. Before disposition_take_over. */
void disposition_expect_interposer(void);
/* True where the kernel is to have the alternate stacks that the application sets, since not all of its
 * handlers can be entered by safe_entry. */
bool disposition_leaves_stacks(void);
/* Takes over the fatal signals whose disposition is the default one, and opens what was blocked of them
 * before exec. In the constructor. */
void disposition_take_over(void);

/*
 * True in a vfork child: it shares our memory, and what it sets for itself (shells reset everything before
 * exec) must not be written into its parent's records. A forked child finds its own pid, or 0.
 */
static inline bool disposition_is_vfork_child(void)
{
    int pid = safe_state ? __atomic_load_n(&safe_state->pid, __ATOMIC_ACQUIRE) : 0;
    return pid && pid != safe_getpid();
}

/* The calling thread is in a function of libc that cannot but end in abort(): when the application's handler
 * of SIGABRT returns, that is the moment to report. */
void disposition_expect_abort(void);

#endif
