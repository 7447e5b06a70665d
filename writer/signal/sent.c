/* SPDX-License-Identifier: MIT */
#include "signal/sent.h"

#include <stdio.h>
#include <string.h>

/* Signals of CRUMPLE_SIGNALS by which the kernel itself ends a process. Those that it sends to the thread whose
 * call is refused look as if that thread had sent them with kill (kernel/signal.c, send_sig). */
static const struct ended_row {
    int signal, code;
    const char *cause;
} ended_rows[] = {
    {SIGPIPE, SI_USER, "write to a pipe or connection that the other end had closed"},
    {SIGXFSZ, SI_USER, "write beyond the limit of a file's size (RLIMIT_FSIZE)"},
    {SIGXCPU, SI_KERNEL, "the limit of processor time was reached (RLIMIT_CPU)"},
    {SIGALRM, SI_KERNEL, "the timer of alarm or setitimer ran out"},
    {SIGVTALRM, SI_KERNEL, "a timer of setitimer ran out (ITIMER_VIRTUAL)"},
    {SIGPROF, SI_KERNEL, "a timer of setitimer ran out (ITIMER_PROF)"},
    {SIGHUP, SI_KERNEL, "the terminal was closed"},
    {SIGINT, SI_KERNEL, "a key of the terminal"},
    {SIGQUIT, SI_KERNEL, "a key of the terminal"},
};

static const struct ended_row *find_ended(const struct notes *notes)
{
    const siginfo_t *signal = &notes->signal;
    for (size_t i = 0; i < sizeof ended_rows / sizeof ended_rows[0]; i++)
        if (ended_rows[i].signal == signal->si_signo && ended_rows[i].code == signal->si_code &&
            (signal->si_code == SI_KERNEL || signal->si_pid == notes->pid))
            return &ended_rows[i];
    return NULL;
}

bool sent_by_kernel(const struct notes *notes, struct signal_words *words)
{
    const struct ended_row *ended = find_ended(notes);
    if (!ended)
        return false;
    words->class = FAULT_ENDED;
    snprintf(words->cause, sizeof words->cause, "%s", ended->cause);
    snprintf(words->description, sizeof words->description, "%s; the program had left %s at its default",
             ended->cause, words->name);
    return true;
}

void sent_describe(const struct notes *notes, const char *how, struct signal_words *words)
{
    const siginfo_t *signal = &notes->signal;
    words->class = FAULT_SENT;
    words->has_sender =
        signal->si_code == SI_USER || signal->si_code == SI_TKILL || signal->si_code == SI_QUEUE;
    if (!words->has_sender) { /* by a timer or similar: there is no pid */
        snprintf(words->cause, sizeof words->cause, "%s", how);
        snprintf(words->description, sizeof words->description, "%s; no instruction of the thread caused it",
                 how);
        return;
    }
    char value[40] = "", who[120];
    if (signal->si_code == SI_QUEUE)
        snprintf(value, sizeof value, ", with value %d", signal->si_int);
    if (signal->si_pid == notes->pid)
        snprintf(who, sizeof who, "by the process itself");
    else if (signal->si_pid == 0)
        snprintf(who, sizeof who, "from outside of this pid namespace");
    else if (notes->sender_name)
        snprintf(who, sizeof who, "by %.64s (pid %d, uid %u)", notes->sender_name, signal->si_pid,
                 signal->si_uid);
    else
        snprintf(who, sizeof who, "by pid %d (uid %u)", signal->si_pid, signal->si_uid);
    snprintf(words->cause, sizeof words->cause, "sent %s%s", who, value);
    snprintf(words->description, sizeof words->description,
             "sent %s with %s%s%s; no instruction of the thread caused it", who, how + strlen("sent by "),
             value, notes->is_promoted ? "; the program's own handler has raised it again" : "");
}
