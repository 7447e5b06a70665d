/* SPDX-License-Identifier: MIT */
#include "explain/after_fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "crash/crash.h"
#include "core/memory.h"

#define SIGNAL_INFO 304 /* from the kernel's struct ucontext to siginfo in a signal frame */

/* Vectors of the processor's exceptions (arch/x86/include/asm/trapnr.h). */
enum { INVALID_OPCODE = 6, GENERAL_PROTECTION = 13, PAGE_FAULT = 14 };
/* Of a page fault (arch/x86/include/asm/trap_pf.h). */
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_FETCH = 16 };

static const char *name_of(int number)
{
    static const struct {
        int number;
        const char *name;
    } faults[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGILL, "SIGILL"},
                  {SIGFPE, "SIGFPE"},   {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (faults[i].number == number)
            return faults[i].name;
    return NULL;
}

static void read_registers(const greg_t *greg, struct user_regs_struct *registers)
{
    *registers = (struct user_regs_struct){
        .r15 = (uint64_t)greg[REG_R15],
        .r14 = (uint64_t)greg[REG_R14],
        .r13 = (uint64_t)greg[REG_R13],
        .r12 = (uint64_t)greg[REG_R12],
        .r11 = (uint64_t)greg[REG_R11],
        .r10 = (uint64_t)greg[REG_R10],
        .r9 = (uint64_t)greg[REG_R9],
        .r8 = (uint64_t)greg[REG_R8],
        .rax = (uint64_t)greg[REG_RAX],
        .rbx = (uint64_t)greg[REG_RBX],
        .rcx = (uint64_t)greg[REG_RCX],
        .rdx = (uint64_t)greg[REG_RDX],
        .rsi = (uint64_t)greg[REG_RSI],
        .rdi = (uint64_t)greg[REG_RDI],
        .rbp = (uint64_t)greg[REG_RBP],
        .rsp = (uint64_t)greg[REG_RSP],
        .rip = (uint64_t)greg[REG_RIP],
        .eflags = (uint64_t)greg[REG_EFL],
    };
}

/* For a handler without SA_SIGINFO the kernel writes no siginfo, but always the exception. */
static void infer(const greg_t *greg, siginfo_t *signal)
{
    memset(signal, 0, sizeof *signal);
    signal->si_code = SI_KERNEL;
    switch (greg[REG_TRAPNO]) {
    case INVALID_OPCODE:
        signal->si_signo = SIGILL;
        break;
    case GENERAL_PROTECTION:
        signal->si_signo = SIGSEGV;
        break;
    case PAGE_FAULT:
        signal->si_signo = SIGSEGV;
        signal->si_code = greg[REG_ERR] & ERROR_PRESENT ? SEGV_ACCERR : SEGV_MAPERR;
        signal->si_addr = (void *)greg[REG_CR2];
        break;
    default:
        break;
    }
}

/* What the processor was about to do there; a context keeps the exception of an earlier fault, too. */
static const char *access_of(const greg_t *greg, const siginfo_t *signal)
{
    if ((signal->si_signo != SIGSEGV && signal->si_signo != SIGBUS) || signal->si_code == SI_KERNEL ||
        greg[REG_TRAPNO] != PAGE_FAULT || (uintptr_t)greg[REG_CR2] != (uintptr_t)signal->si_addr)
        return NULL;
    return greg[REG_ERR] & ERROR_FETCH ? "execute" : greg[REG_ERR] & ERROR_WRITE ? "write" : "read";
}

static bool is_own_abort(const struct crash *crash, const siginfo_t *signal)
{
    return signal->si_signo == SIGABRT && signal->si_code == SI_TKILL && signal->si_pid == crash->notes.pid;
}

/* The signal frame whose context is there. False: not of a fault, nor of abort() where that counts. */
static bool read_fault(const struct crash *crash, uint64_t context, bool with_abort,
                       struct after_fault *fault)
{
    greg_t greg[NGREG];
    siginfo_t *signal = &fault->signal;
    if (!memory_read(&crash->memory, context + offsetof(ucontext_t, uc_mcontext), greg, sizeof greg) ||
        !memory_read(&crash->memory, context + SIGNAL_INFO, signal, sizeof *signal))
        return false;
    if (signal->si_signo < 1 || signal->si_signo > 64)
        infer(greg, signal);
    fault->name = signal->si_code > 0 ? name_of(signal->si_signo) : NULL;
    if (with_abort && is_own_abort(crash, signal))
        fault->name = "SIGABRT";
    fault->has_address = signal->si_code > 0 && signal->si_signo != SIGSYS && signal->si_code != SI_KERNEL;
    fault->address = (uintptr_t)signal->si_addr;
    fault->access = signal->si_code > 0 ? access_of(greg, signal) : NULL;
    read_registers(greg, &fault->registers);
    return fault->name != NULL;
}

bool after_fault_find(const struct crash *crash, bool with_abort, struct after_fault *ret_fault)
{
    const struct stack *stack = &crash->stacks[0];
    struct after_fault fault;
    bool is_found = false;
    size_t depth = 0;
    for (size_t at = 0; at < stack->count; at++) {
        const struct frame *frame = crash_frame(crash, stack, at);
        if (frame->trust == TRUST_SCAN)
            break;
        if (!crash_place(crash, frame)->is_signal_frame)
            continue;
        depth++;
        if (!read_fault(crash, frame->sp, with_abort, &fault))
            continue;
        fault.frame = at;
        fault.depth = depth;
        *ret_fault = fault;
        is_found = true;
    }
    return is_found;
}

bool after_fault_find_sent(const struct crash *crash, siginfo_t *ret_signal)
{
    const struct stack *stack = &crash->stacks[0];
    for (size_t at = 0; at < stack->count; at++) {
        const struct frame *frame = crash_frame(crash, stack, at);
        if (frame->trust == TRUST_SCAN)
            return false;
        if (!crash_place(crash, frame)->is_signal_frame ||
            !memory_read(&crash->memory, frame->sp + SIGNAL_INFO, ret_signal, sizeof *ret_signal))
            continue;
        const int code = ret_signal->si_code;
        if (ret_signal->si_signo >= 1 && ret_signal->si_signo <= 64 &&
            ret_signal->si_pid != crash->notes.pid &&
            (code == SI_USER || code == SI_QUEUE || code == SI_TKILL))
            return true;
    }
    return false;
}

size_t after_fault_first(const struct after_fault *fault, const struct sig_frame *frames, size_t count)
{
    size_t at = 0;
    for (size_t depth = 0; at < count && depth < fault->depth; at++)
        depth += frames[at].is_signal_frame;
    return at;
}

void after_fault_put_first(struct crash *crash, const struct after_fault *fault)
{
    crash->handler.is_there = true;
    crash->handler.signal = crash->notes.signal;
    crash->notes.signal = fault->signal;
    crash->notes.access = fault->access;
}

void after_fault_describe_end(struct crash *crash, const struct sig_frame *function)
{
    const struct signal_words *end = &crash->handler.words;
    char *description = crash->signal.description, where[160] = "";
    const size_t size = sizeof crash->signal.description, used = strlen(description);
    if (function && function->function)
        snprintf(where, sizeof where, " in %.*s",
                 (int)(function->function_size < 140 ? function->function_size : 140), function->function);
    else if (function && function->module)
        snprintf(where, sizeof where, " in %.100s+0x%" PRIx64, function->module, function->offset);
    if (crash->notes.handler_ns)
        snprintf(description + used, size - used, "; the program's own handler hung%s: not ended after %g s",
                 where, (double)crash->notes.handler_ns / 1e9);
    else if (end->origin == SIGNAL_FAULT)
        snprintf(description + used, size - used, "; the program's own handler faulted, too: %s%s", end->name,
                 where);
    else
        snprintf(description + used, size - used, "; the program's own handler hung%s until %s came, %s",
                 where, end->name, end->cause);
}
