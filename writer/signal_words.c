/* SPDX-License-Identifier: MIT */
#include "signal_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NULL_PAGE              4096
#define STACK_OVERFLOW_REACH   (UINT64_C(1) << 20) /* a frame's arrays: how far beyond the end it may touch */
#define STACK_OVERFLOW_SP_NEAR (UINT64_C(64) << 10)

struct code_row {
    int signal, code;
    const char *name, *meaning;
};

/* Signal 0: of every signal. */
static const struct code_row code_rows[] = {
    {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "address not mapped"},
    {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "no permission for this access"},
    {SIGSEGV, 3, "SEGV_BNDERR", "bound check failed"},
    {SIGSEGV, 4, "SEGV_PKUERR", "access refused by a protection key"},
    {SIGSEGV, 10, "SEGV_CPERR", "control protection fault: shadow stack or branch tracking"},
    {SIGBUS, BUS_ADRALN, "BUS_ADRALN", "misaligned address"},
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "beyond the end of the mapped file"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", "hardware error of the object"},
    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR", "memory error reported by the hardware"},
    {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO", "memory error reported by the hardware"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "integer division by zero, or its overflow"},
    {SIGFPE, FPE_INTOVF, "FPE_INTOVF", "integer overflow"},
    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "floating-point division by zero"},
    {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF", "floating-point overflow"},
    {SIGFPE, FPE_FLTUND, "FPE_FLTUND", "floating-point underflow"},
    {SIGFPE, FPE_FLTRES, "FPE_FLTRES", "inexact floating-point result"},
    {SIGFPE, FPE_FLTINV, "FPE_FLTINV", "invalid floating-point operation"},
    {SIGFPE, FPE_FLTSUB, "FPE_FLTSUB", "subscript out of range"},
    {SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "illegal instruction"},
    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "illegal instruction"},
    {SIGILL, ILL_ILLADR, "ILL_ILLADR", "illegal addressing mode"},
    {SIGILL, ILL_ILLTRP, "ILL_ILLTRP", "illegal trap"},
    {SIGILL, ILL_PRVOPC, "ILL_PRVOPC", "privileged instruction"},
    {SIGILL, ILL_PRVREG, "ILL_PRVREG", "privileged register"},
    {SIGILL, ILL_COPROC, "ILL_COPROC", "coprocessor error"},
    {SIGILL, ILL_BADSTK, "ILL_BADSTK", "internal stack error"},
    {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT", "breakpoint instruction"},
    {SIGTRAP, TRAP_TRACE, "TRAP_TRACE", "trace trap"},
    {SIGTRAP, TRAP_BRANCH, "TRAP_BRANCH", "taken branch trap"},
    {SIGTRAP, TRAP_HWBKPT, "TRAP_HWBKPT", "hardware breakpoint or watchpoint"},
    {SIGTRAP, SI_KERNEL, "SI_KERNEL", "breakpoint instruction"},
    {SIGSYS, 1, "SYS_SECCOMP", "system call refused by seccomp"},
    {SIGSYS, 2, "SYS_USER_DISPATCH", "system call caught by user dispatch"},
    {0, SI_KERNEL, "SI_KERNEL", "sent by the kernel"},
    {0, SI_USER, "SI_USER", "sent by kill"},
    {0, SI_QUEUE, "SI_QUEUE", "sent by sigqueue"},
    {0, SI_TIMER, "SI_TIMER", "sent by a timer"},
    {0, SI_MESGQ, "SI_MESGQ", "sent by a message queue"},
    {0, SI_ASYNCIO, "SI_ASYNCIO", "sent by asynchronous input or output"},
    {0, SI_SIGIO, "SI_SIGIO", "sent by queued input or output"},
    {0, SI_TKILL, "SI_TKILL", "sent by tgkill"},
};

static const struct code_row *find_code(int signal, int code)
{
    for (size_t i = 0; i < sizeof code_rows / sizeof code_rows[0]; i++)
        if ((code_rows[i].signal == signal || code_rows[i].signal == 0) && code_rows[i].code == code)
            return &code_rows[i];
    return NULL;
}

static bool is_hardware_signal(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL || signal == SIGTRAP;
}

/*
 * A stack has an end: the fault is below an accessible mapping, in its guard or in nothing, and the stack
 * pointer is near the fault or has left the mapping.
 */
static bool is_stack_overflow(const struct maps *maps, const struct user_regs_struct *registers,
                              uint64_t address)
{
    const struct maps_range *at = maps_find(maps, address);
    uint64_t sp = registers->rsp;
    uint64_t distance = sp > address ? sp - address : address - sp;
    if (at && at->permissions[1] == 'w')
        return false;
    const struct maps_range *stack = maps_next(maps, address);
    while (stack && stack->permissions[1] != 'w' && stack->start - address < STACK_OVERFLOW_REACH)
        stack = maps_next(maps, stack->start);
    if (!stack || stack->permissions[1] != 'w' || stack->start - address > STACK_OVERFLOW_REACH)
        return false;
    bool is_sp_at_end =
        sp < stack->start + STACK_OVERFLOW_SP_NEAR && stack->start < sp + STACK_OVERFLOW_REACH;
    return is_sp_at_end && (distance < STACK_OVERFLOW_SP_NEAR || sp < stack->start);
}

static void describe_mapping(const struct maps_range *range, char *out, size_t size)
{
    if (!range)
        snprintf(out, size, "nothing is mapped there");
    else if (range->path_size)
        snprintf(out, size, "mapped %s from %.*s", range->permissions,
                 (int)(range->path_size < 200 ? range->path_size : 200), range->path);
    else
        snprintf(out, size, "mapped %s", range->permissions);
}

static void describe_jump(uint64_t address, const char *mapping, struct signal_words *words)
{
    words->is_bad_jump = true;
    snprintf(words->cause, sizeof words->cause,
             address < NULL_PAGE ? "jump to 0x%" PRIx64 " (NULL)" : "jump to 0x%" PRIx64 " (not executable)",
             address);
    snprintf(words->description, sizeof words->description, "jump to 0x%" PRIx64 ", which holds no code: %s",
             address, mapping);
}

static void describe_memory_fault(int signal, const struct code_row *code, uint64_t address,
                                  const struct maps *maps, const struct user_regs_struct *registers,
                                  struct signal_words *words)
{
    char mapping[280];
    describe_mapping(maps_find(maps, address), mapping, sizeof mapping);
    if (registers && registers->rip == address && signal == SIGSEGV && !maps_is_executable(maps, address)) {
        describe_jump(address, mapping, words);
    } else if (registers && signal == SIGSEGV && is_stack_overflow(maps, registers, address)) {
        words->is_stack_overflow = true;
        snprintf(words->cause, sizeof words->cause, "stack overflow at 0x%" PRIx64, address);
        snprintf(words->description, sizeof words->description,
                 "stack overflow: address 0x%" PRIx64
                 " is just beyond the end of the thread's stack, sp 0x%llx",
                 address, registers->rsp);
    } else if (address < NULL_PAGE) {
        snprintf(words->cause, sizeof words->cause, "address 0x%" PRIx64 " (%sNULL pointer)", address,
                 address ? "near " : "");
        snprintf(words->description, sizeof words->description,
                 "access through a NULL pointer: address 0x%" PRIx64, address);
    } else {
        snprintf(words->cause, sizeof words->cause, "address 0x%" PRIx64 " (%s)", address,
                 code ? code->meaning : "unknown");
        snprintf(words->description, sizeof words->description, "address 0x%" PRIx64 ", %s; %s", address,
                 code ? code->meaning : "unknown cause", mapping);
    }
}

static bool is_canonical(uint64_t address)
{
    return address >> 47 == 0 || address >> 47 == 0x1ffff;
}

/* The processor does not tell the address; a register that cannot be one does. */
static void describe_protection(const struct user_regs_struct *r, struct signal_words *words)
{
    if (r) {
        const uint64_t values[] = {r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->rsp, r->r8,
                                   r->r9,  r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->rip};
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            if (is_canonical(values[i]))
                continue;
            snprintf(words->cause, sizeof words->cause, "non-canonical address");
            snprintf(words->description, sizeof words->description,
                     "general protection: most likely an access to a non-canonical address such as 0x%" PRIx64
                     ", which is in a register; the processor does not tell the address",
                     values[i]);
            return;
        }
    }
    snprintf(words->cause, sizeof words->cause, "general protection");
    snprintf(
        words->description, sizeof words->description,
        "general protection: an operand that is not aligned, a privileged instruction or a non-canonical "
        "address; the processor does not tell the address");
}

static void describe_fault(const siginfo_t *signal, const struct code_row *code, const struct maps *maps,
                           const struct user_regs_struct *registers, struct signal_words *words)
{
    uint64_t address = (uintptr_t)signal->si_addr;
    words->has_address = is_hardware_signal(signal->si_signo);
    if (signal->si_signo == SIGSYS) {
        snprintf(words->cause, sizeof words->cause, "system call %d refused by seccomp", signal->si_syscall);
        snprintf(words->description, sizeof words->description,
                 "system call %d (architecture 0x%x) refused by seccomp, called at 0x%" PRIx64,
                 signal->si_syscall, signal->si_arch, (uint64_t)(uintptr_t)signal->si_call_addr);
    } else if (signal->si_signo == SIGSEGV && signal->si_code == SI_KERNEL) {
        describe_protection(registers, words);
        words->is_bad_jump = registers && !is_canonical(registers->rip);
    } else if (signal->si_signo == SIGSEGV || signal->si_signo == SIGBUS) {
        describe_memory_fault(signal->si_signo, code, address, maps, registers, words);
    } else {
        snprintf(words->cause, sizeof words->cause, "%s", code ? code->meaning : words->code_name);
        snprintf(words->description, sizeof words->description, "%s at 0x%" PRIx64, words->cause, address);
    }
}

static void describe_sender(const struct notes *notes, const struct code_row *code,
                            struct signal_words *words)
{
    const siginfo_t *signal = &notes->signal;
    int pid = signal->si_pid;
    unsigned uid = signal->si_uid;
    const char *how = code ? code->meaning : "sent by a process";
    if (signal->si_code == SI_QUEUE)
        snprintf(words->description, sizeof words->description, "%s from pid %d, uid %u, value %d", how, pid,
                 uid, signal->si_int);
    else if (signal->si_code == SI_USER || signal->si_code == SI_TKILL)
        snprintf(words->description, sizeof words->description, "%s from pid %d%s, uid %u", how, pid,
                 pid == notes->pid ? " (itself)" : "", uid);
    else
        snprintf(words->description, sizeof words->description, "%s", how);
    if (pid == notes->pid)
        snprintf(words->cause, sizeof words->cause, "sent by the process itself");
    else
        snprintf(words->cause, sizeof words->cause, "sent by pid %d", pid);
}

void signal_describe(const struct notes *notes, const struct maps *maps,
                     const struct user_regs_struct *registers, struct signal_words *ret_words)
{
    struct signal_words words = {0};
    const siginfo_t *signal = &notes->signal;
    if (!notes->has_signal) {
        snprintf(words.name, sizeof words.name, "none");
        snprintf(words.cause, sizeof words.cause, "no signal");
        snprintf(words.description, sizeof words.description, "the core says nothing of a signal");
        *ret_words = words;
        return;
    }
    const char *name = sigabbrev_np(signal->si_signo);
    if (name)
        snprintf(words.name, sizeof words.name, "SIG%.12s", name);
    else
        snprintf(words.name, sizeof words.name, "signal %d", signal->si_signo);
    const struct code_row *code = find_code(signal->si_signo, signal->si_code);
    if (code)
        snprintf(words.code_name, sizeof words.code_name, "%s", code->name);
    else
        snprintf(words.code_name, sizeof words.code_name, "%d", signal->si_code);
    bool is_abort =
        signal->si_signo == SIGABRT && signal->si_code == SI_TKILL && signal->si_pid == notes->pid;
    words.origin = is_abort ? SIGNAL_ABORT : signal->si_code <= 0 ? SIGNAL_SENT : SIGNAL_FAULT;
    if (words.origin == SIGNAL_FAULT)
        describe_fault(signal, code, maps, registers, &words);
    else if (words.origin == SIGNAL_SENT)
        describe_sender(notes, code, &words);
    else
        snprintf(words.description, sizeof words.description, "abort() by the thread itself");
    *ret_words = words;
}
