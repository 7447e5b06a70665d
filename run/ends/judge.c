/* SPDX-License-Identifier: MIT */
#include "ends/judge.h"

#include <signal.h>

/* As a shell, or a crumple-run below, tells that a signal ended what it had started. */
#define STATUS_SIGNAL 128

uint64_t end_oom_kills(const struct end_facts *facts)
{
    const uint64_t before = facts->before.oom_kills, after = facts->after.oom_kills;
    return facts->has_memory && after > before ? after - before : 0;
}

int end_asked_by(const struct end_facts *facts)
{
    static const int asking[] = {SIGTERM, SIGINT, SIGQUIT};
    int last = 0;
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        if (facts->sent_ns[asking[i]] > facts->sent_ns[last])
            last = asking[i];
    return last;
}

/* The signal that the end is of; 0: none. A shell before it passes the status on. */
static int signal_of(const struct child_end *end)
{
    const int number = end->by_signal ? end->status : end->status - STATUS_SIGNAL;
    return number > 0 && number < END_SIGNALS ? number : 0;
}

bool end_is_go_status(const struct child_end *end)
{
    return !end->by_signal && end->status == END_GO_STATUS;
}

bool end_may_be_go(const struct child_end *end)
{
    return end_is_go_status(end) || signal_of(end) == SIGABRT;
}

enum end_kind end_judge(const struct end_facts *facts)
{
    const struct child_end *end = &facts->end;
    const int signo = signal_of(end);
    if (facts->logged.size)
        return END_LOGGED;
    if (facts->is_together)
        return END_TOGETHER;
    if (facts->exec_error)
        return END_EXEC;
    if (facts->is_expected || (!end->by_signal && end->status == 0))
        return END_QUIET;
    /* What was printed need not be of this end: the process may have lived on, or have been killed at that moment. */
    if (facts->go_dump.size &&
        end_may_be_go(end)) /* also of SIGQUIT that was sent on: who sends it asks for the goroutines */
        return END_GO;
    if (signo && facts->sent_ns[signo])
        return END_QUIET;
    if (signo == SIGKILL && end_oom_kills(facts))
        return END_OOM;
    if (end->by_signal)
        return signo == SIGKILL ? END_KILLED : END_SIGNAL;
    return END_STATUS;
}

const char *end_kind_word(enum end_kind kind)
{
    static const char *const words[] = {
        [END_EXEC] = "exec",     [END_OOM] = "oom", [END_KILLED] = "killed",     [END_SIGNAL] = "signal",
        [END_STATUS] = "status", [END_GO] = "go",   [END_TOGETHER] = "together",
    };
    return (size_t)kind < sizeof words / sizeof *words ? words[kind] : NULL;
}
