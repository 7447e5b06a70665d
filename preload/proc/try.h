/* SPDX-License-Identifier: MIT */
/*
 * Reading memory that an application points to, for hooks whose call would return EFAULT. The copy costs a
 * few instructions; a fault in it reaches crumple's handler of SIGSEGV and SIGBUS, which makes the copy fail.
 * If the application handles these signals itself, and may have them blocked, the kernel is asked first.
 */
#ifndef CRUMPLE_PRELOAD_PROC_TRY_H
#define CRUMPLE_PRELOAD_PROC_TRY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "state/signals.h"
#include "base/sys.h"

/** preload/base/arch_x86_64.S. Returns 0, or -1 if one of the two sides is not accessible. */
int safe_try_copy(void *to, const void *from, size_t n);

/** Whether the kernel can read n bytes at 'from', at most a page. */
bool safe_try_ask(const void *from, size_t n);

/** Copies n bytes, at most a page. False if they are not readable, or 'from' is NULL. */
static inline bool safe_try_read(void *to, const void *from, size_t n)
{
    const uint64_t needed = SAFE_SIGBIT(SIGSEGV) | SAFE_SIGBIT(SIGBUS);
    const uint64_t ours = __atomic_load_n(&safe_entry_ours, __ATOMIC_RELAXED);
    return from && ((ours & needed) == needed || safe_try_ask(from, n)) && safe_try_copy(to, from, n) == 0;
}

/** In a handler: if the fault (not a sent signal) is in safe_try_copy, makes that copy return -1. */
static inline bool safe_try_failed(int sig, const siginfo_t *info, ucontext_t *uc)
{
    extern const char safe_try_copy_failed[] __attribute__((visibility("hidden")));
    const uint64_t start = (uint64_t)safe_try_copy, failed = (uint64_t)safe_try_copy_failed;
    if ((sig != SIGSEGV && sig != SIGBUS) || info->si_code <= 0 ||
        (uint64_t)uc->uc_mcontext.gregs[REG_RIP] - start >= failed - start)
        return false;
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)failed;
    return true;
}

/**
 * A seccomp filter that traps one of our own system calls: the call is made to fail as an unknown one, and
 * true is returned. Without this the signal of the filter would take the place of the fault's.
 */
bool safe_try_trapped(int sig, const siginfo_t *info, ucontext_t *uc);

#endif
