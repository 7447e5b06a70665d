/* SPDX-License-Identifier: MIT */
/*
 * What safe files need of the kernel beyond system_call.h: code that runs in a signal handler or in the helper
 * process. Each function returns the result or a negative errno.
 */
#ifndef CRUMPLE_PRELOAD_BASE_SYS_H
#define CRUMPLE_PRELOAD_BASE_SYS_H

#include <stdint.h>

#include "system_call.h"

/* Numbers newer than the oldest headers that crumple builds with. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* The kernel's struct sigaction (arch/x86/include/uapi/asm/signal.h), which is not libc's. */
struct safe_sigaction {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

#define SAFE_SA_RESTORER 0x04000000ul
#define SAFE_SIGBIT(sig) (UINT64_C(1) << ((sig)-1))

static inline long safe_sigaction(int sig, const struct safe_sigaction *act, struct safe_sigaction *old)
{
    return safe_call(SYS_rt_sigaction, sig, act, old, 8);
}

static inline int safe_getpid(void)
{
    return (int)safe_call(SYS_getpid);
}

static inline int safe_gettid(void)
{
    return (int)safe_call(SYS_gettid);
}

/** Base of the thread's TLS, 0 for a thread made without. */
static inline uint64_t safe_fs_base(void)
{
    uint64_t base = 0;
    safe_call(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &base);
    return base;
}

/** preload/base/arch_x86_64.S */
void safe_restore_rt(void);                     /* the signal trampoline of our handlers */
void safe_halt(void) __attribute__((noreturn)); /* faults with SIGSEGV, as abort() does last */
/** Fills the caller's registers into a ucontext_t as a signal frame would show them, as far as an unwinder
 * needs them. */
void safe_registers(void *ucontext);
long safe_clone_on(void *stack_top, unsigned long flags, int *child_tid, int (*body)(void *), void *arg);
long safe_call_on(void *stack_top, int (*body)(void *), void *arg);

#endif
