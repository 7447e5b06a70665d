/* SPDX-License-Identifier: MIT */
#include "signal/signal.h"

#include <stdio.h>
#include <string.h>

#include "signal/fault_words.h"
#include "signal/sent.h"

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
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "no such page"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", "hardware error of the object"},
    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR", "memory error reported by the hardware"},
    {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO", "memory error reported by the hardware"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "integer division by zero or overflow"},
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

/* Signals of instructions; where the signal has no instruction's address, has_address stays false. */
static void describe_fault(const struct fault_input *input, const struct code_row *code,
                           struct signal_words *words)
{
    struct fault fault;
    fault_classify(input, &fault);
    fault_words(input, &fault, code ? code->meaning : NULL, words->cause, sizeof words->cause,
                words->description, sizeof words->description);
    const int number = input->signal->si_signo;
    words->has_address =
        number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGTRAP;
    words->class = fault.class;
    words->reg_name = fault.reg_name;
    words->is_stack_overflow = fault.class == FAULT_STACK_OVERFLOW;
    words->is_bad_jump = fault.is_jump;
    const bool is_of_file = fault.class >= FAULT_BEYOND_FILE && fault.class <= FAULT_NO_PAGE;
    words->file = is_of_file ? fault.range : NULL;
}

static void set_names(const siginfo_t *signal, const struct code_row *code, struct signal_words *words)
{
    const char *name = sigabbrev_np(signal->si_signo);
    if (name)
        snprintf(words->name, sizeof words->name, "SIG%.12s", name);
    else
        snprintf(words->name, sizeof words->name, "signal %d", signal->si_signo);
    if (code)
        snprintf(words->code_name, sizeof words->code_name, "%s", code->name);
    else
        snprintf(words->code_name, sizeof words->code_name, "%d", signal->si_code);
}

void signal_describe(const struct notes *notes, const struct fault_input *input,
                     struct signal_words *ret_words)
{
    struct signal_words words = {0};
    const siginfo_t *signal = &notes->signal;
    if (!notes->has_signal) {
        snprintf(words.name, sizeof words.name, "none");
        snprintf(words.cause, sizeof words.cause, "no signal");
        snprintf(words.description, sizeof words.description, "the core records no signal");
        *ret_words = words;
        return;
    }
    const struct code_row *code = find_code(signal->si_signo, signal->si_code);
    set_names(signal, code, &words);
    bool is_abort =
        signal->si_signo == SIGABRT && signal->si_code == SI_TKILL && signal->si_pid == notes->pid;
    words.origin = is_abort ? SIGNAL_ABORT : signal->si_code <= 0 ? SIGNAL_SENT : SIGNAL_FAULT;
    if (sent_by_kernel(notes, &words)) {
        words.origin = SIGNAL_FAULT;
    } else if (words.origin == SIGNAL_FAULT) {
        describe_fault(input, code, &words);
    } else if (words.origin == SIGNAL_SENT) {
        sent_describe(notes, code ? code->meaning : "sent by a process", &words);
    } else {
        words.class = FAULT_ABORT;
        words.has_sender = true;
        snprintf(words.description, sizeof words.description, "the program called abort()");
    }
    *ret_words = words;
}
