/* SPDX-License-Identifier: MIT */
/*
 * What the application believes blocked although the kernel has it open. A fault whose signal is blocked
 * kills without asking any handler, so the synchronous signals stay out of the kernel's masks as far as
 * crumple can show the application the mask it has set. Two places remember what was left out:
 *
 *   safe_shadow          of a thread's mask; written by the mask hooks
 *   safe_handler_mask[]  of the sa_mask of a handler; written by sigaction's hooks
 *
 * Whether a handler is running is not kept anywhere, since it may leave by longjmp: the signal frames on the
 * stack tell, when a synchronous signal has been sent.
 */
#ifndef PRELOAD_FAULT_BLOCKED_H
#define PRELOAD_FAULT_BLOCKED_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/sys.h"

/* The signals that an instruction raises: blocked, they would bypass every handler. */
#define SAFE_SYNC_MASK                                                                                       \
    (SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS) | SAFE_SIGBIT(SIGILL) | SAFE_SIGBIT(SIGFPE) |                \
     SAFE_SIGBIT(SIGTRAP) | SAFE_SIGBIT(SIGSYS))
/* SIGKILL, SIGSTOP, and the two signals libc keeps for itself. */
#define SAFE_NEVER_BLOCKED (SAFE_SIGBIT(SIGKILL) | SAFE_SIGBIT(SIGSTOP) | SAFE_SIGBIT(32) | SAFE_SIGBIT(33))

/*
 * Synchronous signals the application believes blocked in this thread, as bits. Only for threads with TLS
 * (safe_fs_base() != 0).
 */
extern __thread uint64_t safe_shadow;
/*
 * The effective mask the hooks left behind. When the kernel's no longer contains it, the mask was changed
 * past the hooks (siglongjmp, the return from a handler), and the belief is no more.
 */
extern __thread uint64_t safe_mask_set;
/* Synchronous signals that the thread's last calls opened, and where its stack was then: a handler that opens
 * what its own sa_mask blocks gets it. */
extern __thread uint64_t safe_opened, safe_opened_at;
/* The wait with a mask of its own that this thread is in (sigsuspend, ppoll, ...), and where on the stack. */
extern __thread struct safe_wait {
    uint64_t mask;
    uint64_t at; /* 0: none */
} safe_wait;
/* By signal: bits of its handler's sa_mask that the kernel may not have. */
extern _Atomic uint64_t safe_handler_mask[65];

/* A signal mask as the kernel knows it: one word of libc's larger set. */
uint64_t safe_mask_of(const ucontext_t *uc);
/*
 * The mask in force where the signal arrived: in a wait that it ends it is the wait's, while 'uc' has the one
 * that is restored after (kernel/signal.c, sigmask_to_save).
 */
uint64_t safe_mask_in_force(const ucontext_t *uc);
void safe_mask_change(ucontext_t *uc, uint64_t block, uint64_t unblock);

/*
 * A signal that was sent, while the application believes it blocked, has to stay pending until it is
 * unblocked: it is blocked in truth in 'uc' and queued again. False: it is to be delivered.
 */
bool safe_blocked_put_off(int sig, siginfo_t *info, ucontext_t *uc);

/* A fault of this signal finds it blocked, and something else that is blocked proves that it still is: the
 * kernel would have killed past any handler. */
bool safe_blocked_for_certain(int sig, const ucontext_t *uc);

#endif
