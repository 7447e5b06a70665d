/* SPDX-License-Identifier: MIT */
#include "explain/after_fault.h"

#include <signal.h>
#include <ucontext.h>

#include "crash/crash.h"
#include "core/memory.h"

#define SIGNAL_INFO 304 /* from the kernel's struct ucontext to siginfo in a signal frame */

/* Vectors of the processor's exceptions (arch/x86/include/asm/trapnr.h). */
enum { INVALID_OPCODE = 6, GENERAL_PROTECTION = 13, PAGE_FAULT = 14 };

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

/* For a handler without SA_SIGINFO the kernel writes no siginfo, but always the exception. */
static bool read_exception(const struct crash *crash, uint64_t context, struct after_fault *fault)
{
    greg_t registers[NGREG];
    if (!memory_read(&crash->memory, context + offsetof(ucontext_t, uc_mcontext), registers,
                     sizeof registers))
        return false;
    switch (registers[REG_TRAPNO]) {
    case INVALID_OPCODE:
        fault->name = "SIGILL";
        return true;
    case GENERAL_PROTECTION:
        fault->name = "SIGSEGV";
        return true;
    case PAGE_FAULT:
        fault->name = "SIGSEGV";
        fault->has_address = true;
        fault->address = (uint64_t)registers[REG_CR2];
        return true;
    default:
        return false;
    }
}

static bool read_signal(const struct crash *crash, uint64_t context, struct after_fault *fault)
{
    siginfo_t info;
    if (!memory_read(&crash->memory, context + SIGNAL_INFO, &info, sizeof info))
        return false;
    if (info.si_signo < 1 || info.si_signo > 64)
        return read_exception(crash, context, fault);
    fault->name = info.si_code > 0 ? name_of(info.si_signo) : NULL;
    fault->has_address = info.si_signo != SIGSYS;
    fault->address = (uintptr_t)info.si_addr;
    return fault->name != NULL;
}

bool after_fault_find(const struct crash *crash, const struct sig_frame *frames, size_t count,
                      struct after_fault *ret_fault)
{
    const struct stack *stack = &crash->stacks[0];
    struct after_fault fault = {0};
    size_t at = 0;
    while (at < stack->count && !crash_place(crash, crash_frame(crash, stack, at))->is_signal_frame)
        at++;
    if (at == stack->count || !read_signal(crash, crash_frame(crash, stack, at)->sp, &fault))
        return false;
    while (fault.first < count && !frames[fault.first].is_signal_frame)
        fault.first++;
    fault.first += fault.first < count;
    *ret_fault = fault;
    return fault.first < count;
}
