/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the handler. See fault/init.h. */
#include "fault/init.h"

#include "contain/escalate.h"
#include "base/io.h"
#include "proc/symbols.h"
#include "base/sys.h"

#define STACK_WORDS 128 /* libc's raise() and its callees need a third of them */
#define BREAKPOINT  0xcc
#define SYSCALL     0x050f

/*
 * Whether libc is in abort() here: raise() has left a return address in it on the stack. A hook of abort()
 * would not do, libc's own checks (heap, assertions) call it inside libc.
 */
bool safe_init_is_in_abort(const ucontext_t *uc)
{
    uint64_t sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP], start, size = 0, word;
    struct safe_object object;
    for (bool more = safe_symbols_first(&object); more; more = safe_symbols_next(&object)) {
        start = safe_symbols_find(&object, "abort", &size);
        for (uint64_t i = 0; start && i < STACK_WORDS; i++) {
            if (safe_peek_memory(sp + i * sizeof word, &word, sizeof word) < 0)
                break;
            if (word > start && word - start <= size)
                return true;
        }
    }
    return false;
}

bool safe_init_ignores(const siginfo_t *info, const ucontext_t *uc)
{
    if (safe_getpid() != 1 || info->si_code > 0 || safe_escalate_is(info))
        return false;
    return info->si_signo != SIGABRT || info->si_code != SI_TKILL || info->si_pid != 1 ||
           !safe_init_is_in_abort(uc);
}

/* Sets the thread back to the instruction that has trapped: a breakpoint, or a system call that a filter
 * caught. */
static bool trap_again(int sig, const siginfo_t *info, ucontext_t *uc)
{
    greg_t *gregs = uc->uc_mcontext.gregs;
    uint16_t call = 0;
    uint8_t one = 0;
    if (sig == SIGTRAP && safe_peek_memory((uint64_t)gregs[REG_RIP] - 1, &one, 1) == 0 && one == BREAKPOINT) {
        gregs[REG_RIP] -= 1;
        return true;
    }
    if (sig == SIGSYS && safe_peek_memory((uint64_t)info->si_call_addr - 2, &call, 2) == 0 &&
        call == SYSCALL) {
        gregs[REG_RIP] = (greg_t)info->si_call_addr - 2;
        gregs[REG_RAX] = info->si_syscall;
        return true;
    }
    return false;
}

void safe_init_die(int sig, const siginfo_t *info, ucontext_t *uc)
{
    const struct safe_sigaction by_default = {.handler = (void *)SIG_DFL};
    if (info->si_code > 0 && !safe_escalate_is(info) && trap_again(sig, info, uc))
        return;
    if (sig == SIGABRT && info->si_code == SI_TKILL) {
        safe_sigaction(SIGSEGV, &by_default, NULL);
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)safe_halt;
        return;
    }
    safe_call(SYS_exit_group, 128 + sig);
}
