/* SPDX-License-Identifier: MIT */
/*
 * How an application's own handler is entered. safe_entry is the kernel's handler for every synchronous
 * signal that the application handles, and for every signal that it handles on an alternate stack. In a
 * thread that crumple knows, the kernel has crumple's alternate stack; the application's is kept only here.
 * The entry decides:
 *
 *   the signal was sent, and the application believes it blocked    it stays pending
 *   a fault, and the application believes the signal blocked        death, as by the kernel, with a report
 *   otherwise                                                       the handler runs where the kernel would
 *                                                                   have let it run
 *
 * In the last case the signal frame moves: it is copied to the stack where it belongs, and the original is
 * edited so that its return starts the handler there, with the handler's mask. From then on all is as the
 * kernel makes it: nested signals, siglongjmp, the return. If the frame cannot be written, the kernel would
 * have killed by SIGSEGV, and that is reported. A frame outside crumple's stack (a thread not made by
 * pthread_create, a runtime with raw system calls) is already in place: the entry jumps to the handler.
 */
#ifndef PRELOAD_FAULT_ENTRY_H
#define PRELOAD_FAULT_ENTRY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/sys.h"

struct safe_altstack;

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

/* Initial-exec TLS: a fault may read it, and a large block would make threads with small stacks fail. */
struct thread_self {
    struct safe_altstack *altstack; /* crumple's; NULL for a thread that is not wrapped */
    stack_t app_altstack;           /* the application's, while the kernel has crumple's */
    bool app_altstack_set;
};
extern __thread struct thread_self thread_self;

/* The application's action for a signal whose kernel handler is crumple's, or whose sa_mask lost signals.
 * Written by the application's calls of sigaction; no locks, since a handler may call it. */
extern struct safe_sigaction safe_app_action[65];
/* SA_RESETHAND of a fatal signal, emulated: the handler has not run yet. */
extern _Atomic bool safe_entry_armed[65];
/* Tid of the thread whose next SIGABRT is abort()'s first. */
extern _Atomic int safe_entry_aborting;
/* Signals whose kernel handler is safe_fatal_handler; signals whose kernel handler is safe_entry. */
extern _Atomic uint64_t safe_entry_ours, safe_entry_entered;

void safe_entry(int sig, siginfo_t *info, void *context); /* preload/base/arch_x86_64.S */
/* Makes safe_fatal_handler the kernel's handler. */
void safe_entry_take_over(int sig);
/* True while sp lies on the alternate stack, as the kernel counts (include/linux/sched/signal.h). */
bool safe_entry_is_on(const stack_t *stack, uint64_t sp);

#endif
