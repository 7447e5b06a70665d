/* SPDX-License-Identifier: MIT */
/*
 * The signals that crumple takes over, the application's belief about its signals, and the kernel's handlers.
 * Any thread and any handler may read; each variable names its writers. The variables live as long as the
 * process (the per-thread ones: the thread), and a forked child inherits them.
 */
#ifndef CRUMPLE_PRELOAD_STATE_SIGNALS_H
#define CRUMPLE_PRELOAD_STATE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"
#include "libc/data/signals.h"

/* The signals that crumple takes over if they have the default disposition. */
#define SAFE_FATAL_COUNT 7
extern const uint8_t safe_fatal_signals[SAFE_FATAL_COUNT];
bool safe_is_fatal_signal(int sig);
/* Those of CRUMPLE_SIGNALS, from the moment on when they are taken over, as bits: if they have the default
 * disposition, the kernel's handler is ours. Writer: disposition_watch (calls/disposition.c). */
extern _Atomic uint64_t safe_watched_signals;
/** True for both kinds: the default disposition of this signal is crumple's. */
bool safe_is_taken_signal(int sig);
/**
 * The kernel's handler of these signals. Writer: the constructor, before any signal is taken over
 * (start/start.c). For code below fault/, which compares it and passes other signals on.
 */
extern void (*safe_handler)(int sig, siginfo_t *info, void *context);
/* The return address of a SIGABRT handler that libc's abort() caused (fault/entry.c); it marks a signal frame
 * on the stack. Writer: the constructor. */
extern uint64_t safe_abort_restorer;
/* The same of a handler whose time is limited (fault/limit.c). */
extern uint64_t safe_limit_restorer;

/* The signals that an instruction raises: blocked, they would bypass every handler. */
#define SAFE_SYNC_MASK                                                                                       \
    (SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS) | SAFE_SIGBIT(SIGILL) | SAFE_SIGBIT(SIGFPE) |                \
     SAFE_SIGBIT(SIGTRAP) | SAFE_SIGBIT(SIGSYS))
/* SIGKILL, SIGSTOP, and the signals that libc uses itself. */
#define SAFE_NEVER_BLOCKED (SAFE_SIGBIT(SIGKILL) | SAFE_SIGBIT(SIGSTOP) | LIBC_SIGNALS)

/*
 * Synchronous signals the application believes blocked in this thread, as bits. Writers: the mask hooks, and
 * a restart (end/modes.c). Only for threads with TLS (safe_fs_base() != 0).
 */
extern __thread uint64_t safe_shadow;
/*
 * The effective mask that the hooks set last. If the kernel's mask no longer contains it, the mask was
 * changed without the hooks (siglongjmp, the return from a handler), and the belief is over.
 */
extern __thread uint64_t safe_mask_set;
/* Synchronous signals that the thread's last calls unblocked, and its stack pointer then: a handler that
 * unblocks a signal of its own sa_mask gets it. Writers: the mask hooks. */
extern __thread uint64_t safe_opened, safe_opened_at;
/* The wait with a mask of its own that this thread is in (sigsuspend, ppoll, ...), and where on the stack.
 * Writers: the hooks of the waits. */
extern __thread struct safe_wait {
    uint64_t mask;
    uint64_t at; /* 0: none */
} safe_wait;
/*
 * An application's handler of a synchronous signal runs: in the kernel's mask these two signals stand for those
 * in 'held', which the handler's action blocks. They stay open, so that a fault of the handler's own arrives.
 * No mask of an application has SIGCANCEL (libc's internal-signals.h); but a thread that libc unwinds within its
 * own handler of SIGCANCEL has it, and not SIGSTKFLT, which nobody sends. What restores a mask (the return from
 * the handler, siglongjmp, swapcontext) takes the mark off with it.
 */
#define SAFE_HANDLER_MARK (SAFE_SIGBIT(32) | SAFE_SIGBIT(SIGSTKFLT))
static inline bool safe_is_marked(uint64_t mask)
{
    return (mask & SAFE_HANDLER_MARK) == SAFE_HANDLER_MARK;
}
/* Writers: the entry of the handler; of 'held' also the mask hooks. */
extern __thread struct safe_handled {
    uint64_t held;
    uint64_t pc, sp; /* of the last fault that a handler got */
} safe_handled;
/** The signals that the mark of this mask stands for. Only for threads with TLS. */
static inline uint64_t safe_held_by(uint64_t mask)
{
    return safe_is_marked(mask) ? safe_handled.held : 0;
}
/* By signal: bits of its handler's sa_mask that the kernel may not have. Writers: the hooks of sigaction. */
extern _Atomic uint64_t safe_handler_mask[65];

/* What the application set for a signal whose kernel handler is ours, or whose sa_mask lost signals. Written
 * by its calls of sigaction; no locks, a handler may call it. */
extern struct safe_sigaction safe_app_action[65];
/* SA_RESETHAND of a fatal signal, emulated: the handler has not run yet. Writers: the hooks of sigaction set
 * it, the entry of the handler clears it. */
extern _Atomic bool safe_entry_armed[65];
/* Tid of the thread whose next SIGABRT is abort()'s first. Writers: the hook of abort() sets it, the entry of
 * the handler clears it. */
extern _Atomic int safe_entry_aborting;
/* Signals whose kernel handler is safe_fatal_handler, and whose is safe_entry. Writers: whoever installs the
 * one or the other (calls/disposition.c, fault/entry.c). */
extern _Atomic uint64_t safe_entry_ours, safe_entry_entered;

#endif
