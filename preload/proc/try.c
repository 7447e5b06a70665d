/* SPDX-License-Identifier: MIT */
/* Safe file: called by hooks, in signal handlers too. See proc/try.h. */
#include "proc/try.h"

#include <errno.h>

#include "base/io.h"

#define PAGE UINT64_C(4096)

/* Its first and its last byte tell, and one of them where both are in one page. */
bool safe_try_ask(const void *from, size_t n)
{
    uint64_t first = (uint64_t)from, last = first + n - 1;
    return safe_is_readable(first) && (first / PAGE == last / PAGE || safe_is_readable(last));
}

bool safe_try_trapped(int sig, const siginfo_t *info, ucontext_t *uc)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char etext[] __attribute__((visibility("hidden")));
    uint64_t pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    if (sig != SIGSYS || info->si_code != 1 /* SYS_SECCOMP */ || pc < (uint64_t)__ehdr_start ||
        pc > (uint64_t)etext)
        return false;
    uc->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
    return true;
}
