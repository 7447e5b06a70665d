/* SPDX-License-Identifier: MIT */
#include "signal/fault_words_cpu.h"

#include <inttypes.h>
#include <linux/audit.h>
#include <string.h>

#include "signal/syscall_names.h"

#define SYS_USER_DISPATCH_CODE 2

static void write_other(struct words *w)
{
    const char *what = w->code_meaning ? w->code_meaning : "unknown cause";
    text_add(&w->cause, "%s", what);
    text_add(&w->description, "%s", what);
    /* The kernel reports no address with a breakpoint. */
    if (w->fault->has_address && w->fault->address)
        text_add(&w->description, " at 0x%" PRIx64, w->fault->address);
}

static void write_protection(struct words *w)
{
    if (w->fault->instruction) {
        text_add(&w->cause, "privileged instruction (%s)", w->fault->instruction);
        text_add(&w->description, "privileged instruction (%s) at 0x%llx: only the kernel may run it",
                 w->fault->instruction, w->input->registers->rip);
        return;
    }
    if (w->fault->class == FAULT_PRIVILEGED) {
        write_other(w);
        return;
    }
    text_add(&w->cause, "general protection");
    text_add(&w->description,
             "general protection: a misaligned operand, a privileged instruction or a non-canonical address; "
             "the processor does not report the address");
}

static void write_divide(struct words *w)
{
    const struct fault *fault = w->fault;
    const bool is_known =
        fault->has_instruction && fault->insn.map == 0 && (fault->insn.opcode & 0xfe) == 0xf6;
    const char *what = w->input->signal->si_code != FPE_INTDIV ? w->code_meaning
                       : !is_known                             ? "integer division by zero or overflow"
                       : fault->is_overflow
                           ? "integer division whose result does not fit (the smallest number divided by -1)"
                           : "integer division by zero";
    text_add(&w->cause, "%s", what ? what : "arithmetic fault");
    text_add(&w->description, "%s at 0x%" PRIx64, what ? what : "arithmetic fault", fault->address);
    if (is_known && fault->is_overflow)
        text_add_register(w, &w->description);
}

/* Traps that compilers place, and instruction sets that a processor may not have. */
static const char *illegal_words(const struct fault *fault)
{
    const uint8_t *code = fault->code;
    const size_t at = fault->code_size > 2 && code[0] == 0x67;
    if (fault->code_size < at + 2)
        return NULL;
    if (code[at] == 0x0f && code[at + 1] == 0x0b)
        return "ud2, a trap that the compiler inserted: __builtin_trap, a failed check, or unreachable code";
    if (code[at] == 0x0f && code[at + 1] == 0xb9)
        return "ud1, a check that the compiler added (-fsanitize-trap)";
    if (code[at] == 0x62)
        return "an AVX-512 instruction, which this processor may lack";
    if (code[at] == 0xc4 || code[at] == 0xc5)
        return "an AVX instruction, which this processor may lack";
    return NULL;
}

static void write_illegal(struct words *w)
{
    const struct fault *fault = w->fault;
    const char *words = illegal_words(fault),
               *what = w->code_meaning ? w->code_meaning : "illegal instruction";
    text_add(&w->cause, "%s", what);
    if (words)
        text_add(&w->cause, " (%.*s)", (int)strcspn(words, ",:"), words);
    text_add(&w->description, "%s at 0x%" PRIx64, what, fault->address);
    if (words)
        text_add(&w->description, ": %s", words);
    else if (fault->code_size) {
        text_add(&w->description, ": bytes");
        for (size_t i = 0; i < fault->code_size && i < 8; i++)
            text_add(&w->description, " %02x", fault->code[i]);
    }
}

static void write_syscall(struct words *w)
{
    const siginfo_t *signal = w->input->signal;
    const char *name = syscall_name(signal->si_arch, signal->si_syscall);
    const char *arch = syscall_arch_name(signal->si_arch, signal->si_syscall);
    const char *how =
        signal->si_code == SYS_USER_DISPATCH_CODE ? "caught by user dispatch" : "refused by seccomp";
    struct text *texts[] = {&w->cause, &w->description};
    for (size_t i = 0; i < 2; i++) {
        text_add(texts[i], "system call %d", signal->si_syscall);
        if (name)
            text_add(texts[i], " %s", name);
        if (arch)
            text_add(texts[i], " (%s)", arch);
        else
            text_add(texts[i], " (architecture 0x%x)", signal->si_arch);
        text_add(texts[i], " %s", how);
    }
    text_add(&w->description, ", called at 0x%" PRIx64, (uint64_t)(uintptr_t)signal->si_call_addr);
    if (signal->si_errno)
        text_add(&w->description, "; the filter's value is %d", signal->si_errno);
}

static void write_breakpoint(struct words *w)
{
    write_other(w);
    if (w->fault->class == FAULT_BREAKPOINT)
        text_add(&w->description,
                 "; no debugger was attached: __builtin_debugtrap, or a breakpoint left by a debugger");
}

void fault_words_cpu(struct words *w)
{
    switch (w->fault->class) {
    case FAULT_PRIVILEGED:
    case FAULT_PROTECTION:
        write_protection(w);
        break;
    case FAULT_DIVIDE:
        write_divide(w);
        break;
    case FAULT_BREAKPOINT:
        write_breakpoint(w);
        break;
    case FAULT_ILLEGAL:
        write_illegal(w);
        break;
    case FAULT_SYSCALL:
        write_syscall(w);
        break;
    default: /* nothing is known but the code */
        write_other(w);
        break;
    }
}
