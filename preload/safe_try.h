/* SPDX-License-Identifier: MIT */
/*
 * Reading what an application points to, where the kernel would have answered EFAULT. The copy costs a few
 * instructions; a fault in it comes to crumple's handler of SIGSEGV and SIGBUS. Where the application has one
 * of its own, and so may have the signal blocked, the kernel is asked first.
 */
#ifndef SAFE_TRY_H
#define SAFE_TRY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

/* n bytes, at most a page. False where 'from' does not lead to so much memory; NULL is not tried. */
bool safe_try_read(void *to, const void *from, size_t n);

/* preload/arch_x86_64.S. 0, or -1 when one of the two sides is no memory. */
int safe_try_copy(void *to, const void *from, size_t n);

/* In a handler: the fault is one of safe_try_copy, which goes on and fails. */
static inline bool safe_try_failed(int sig, ucontext_t *uc)
{
    extern const char safe_try_copy_faults[] __attribute__((visibility("hidden")));
    extern const char safe_try_copy_failed[] __attribute__((visibility("hidden")));
    if ((sig != SIGSEGV && sig != SIGBUS) || uc->uc_mcontext.gregs[REG_RIP] != (greg_t)safe_try_copy_faults)
        return false;
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)safe_try_copy_failed;
    return true;
}

#endif
