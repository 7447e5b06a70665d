/* SPDX-License-Identifier: MIT */
/*
 * How an application's own handler is entered. safe_entry is the kernel's handler for every fatal
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
#ifndef CRUMPLE_PRELOAD_FAULT_ENTRY_H
#define CRUMPLE_PRELOAD_FAULT_ENTRY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"

struct safe_altstack;

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

/** The trampoline behind an abort() that cannot be survived. preload/fault/arch_x86_64.S */
void safe_restore_abort(void);
void safe_entry(int sig, siginfo_t *info, void *context); /* preload/fault/arch_x86_64.S */
/** Makes safe_fatal_handler the kernel's. */
void safe_entry_take_over(int sig);
/** True while sp lies on the alternate stack, as the kernel counts (include/linux/sched/signal.h). */
bool safe_entry_is_on(const stack_t *stack, uint64_t sp);

#endif
