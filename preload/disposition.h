/* SPDX-License-Identifier: MIT */
/*
 * The application's view of its signals, and what the kernel is told instead. No locks: sigaction(2) may be
 * called in signal handlers.
 *
 *   the application sets   the kernel has                  the application reads back
 *   SIG_DFL                safe_fatal_handler              SIG_DFL, its flags and mask
 *   SIG_IGN                SIG_IGN                         the same
 *   a handler              the handler                     the same
 *   ... SA_RESETHAND       reset_entry, without the flag   its handler; SIG_DFL once it has run
 *   ... of SIGABRT         abort_entry, once an assertion  its handler
 *                          has failed
 *
 * 'The kernel's handler is ours' is what SIG_DFL means: no second record to go stale. Masks of handlers lose
 * the synchronous signals (a fault while blocked bypasses every handler); what was taken out is added again
 * when the application reads.
 */
#ifndef DISPOSITION_H
#define DISPOSITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

typedef int (*disposition_sigaction)(int, const struct sigaction *, struct sigaction *);

/* sigaction(2) as the application sees it; 'kernel' is libc's function. Returns 0, or -1 with errno. */
int disposition_set(disposition_sigaction kernel, int sig, const struct sigaction *act,
                    struct sigaction *old);

/* A handler as libc's signal() returned it, as the application should see it. */
sighandler_t disposition_shown(int sig, sighandler_t kernel_handler);
/* Notes that libc's signal() has set a handler past disposition_set. */
void disposition_bypassed(int sig);

/* libc's function is reached through another interposer of sigaction. Before disposition_take_over. */
void disposition_expect_interposer(void);
/* Takes over the fatal signals whose disposition is the default one, and opens what was blocked of them
 * before exec. In the constructor. */
void disposition_take_over(void);
/* Synchronous signals whose default crumple stands in for: those to keep out of masks. 0 while inert. */
uint64_t disposition_keep_open(void);

/* pthread_sigmask()/sigprocmask() as the application sees it; 'kernel' is the function called. Returns its
 * result. */
int disposition_mask(int (*kernel)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
                     sigset_t *old);

/* A wait with a mask of its own (sigsuspend, ppoll, ...): what to pass instead of the mask, and what to put
 * back after. */
struct disposition_wait {
    sigset_t passed;
    uint64_t shadow, mask_set;
    bool changed;
};
const sigset_t *disposition_wait_begin(struct disposition_wait *wait, const sigset_t *mask);
void disposition_wait_end(const struct disposition_wait *wait);

/*
 * A program inherits a mask over exec. What is believed blocked is blocked in truth around a call that may
 * exec, so that the new program is told what it would be told; returns the signals to open again.
 */
uint64_t disposition_hand_down(void);
void disposition_take_back(uint64_t handed);

/* The calling thread is in a function of libc that cannot but end in abort(): when the application's handler
 * of SIGABRT returns, that is the moment to report. */
void disposition_expect_abort(void);

#endif
