/* SPDX-License-Identifier: MIT */
/*
 * What an application is told about its own signals: no crime, only questions. Everything goes to stdout,
 * which must be the same without and with crumple.
 */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern sighandler_t bsd_signal(int number, sighandler_t handler);

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigset and its kin are what is asked about */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT, SIGPIPE, SIGTERM};
enum { FATAL = sizeof fatal / sizeof fatal[0] };

static void on_signal(int number)
{
    (void)number;
}

static const char *name_of(sighandler_t handler)
{
    return handler == SIG_DFL     ? "default"
           : handler == SIG_IGN   ? "ignore"
           : handler == SIG_ERR   ? "error"
           : handler == SIG_HOLD  ? "hold"
           : handler == on_signal ? "own"
                                  : "somebody's";
}

/* The disposition, as sigaction tells it. */
static void show_action(const char *after, int number)
{
    struct sigaction now;
    memset(&now, 0, sizeof now);
    int result = sigaction(number, NULL, &now);
    char mask[65] = "";
    for (int other = 1; other < 65; other++)
        mask[other - 1] = sigismember(&now.sa_mask, other) == 1 ? 'x' : '.';
    /* SA_RESTORER (0x04000000) is libc's. */
    fact(after, "%d: result %c handler %s flags %c%c%c%c%c mask %s", number, result == 0 ? 'y' : 'n',
         name_of(now.sa_handler), now.sa_flags & SA_SIGINFO ? 'i' : '-',
         now.sa_flags & SA_ONSTACK ? 's' : '-', now.sa_flags & SA_RESTART ? 'r' : '-',
         now.sa_flags & (int)SA_RESETHAND ? 'o' : '-', now.sa_flags & SA_NODEFER ? 'n' : '-', mask);
}

static void show_sigaction(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NODEFER}, old;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaddset(&action.sa_mask, SIGSEGV);
    memset(&old, 0, sizeof old);
    fact("sigaction", "%d", sigaction(number, &action, &old));
    fact("sigaction old", "%s", name_of(old.sa_handler));
    show_action("after sigaction", number);
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, &old);
    fact("sigaction old", "%s", name_of(old.sa_handler));
    show_action("after sigaction default", number);
}

static void show_family(int number)
{
    fact("signal", "%s", name_of(signal(number, on_signal)));
    show_action("after signal", number);
    fact("signal", "%s", name_of(signal(number, SIG_IGN)));
    fact("signal", "%s", name_of(signal(number, SIG_DFL)));
    fact("bsd_signal", "%s", name_of(bsd_signal(number, on_signal)));
    fact("siginterrupt", "%d", siginterrupt(number, 1));
    show_action("after siginterrupt", number);
    fact("sysv_signal", "%s", name_of(sysv_signal(number, on_signal)));
    show_action("after sysv_signal", number);
    fact("sigset", "%s", name_of(sigset(number, SIG_DFL)));
    fact("sigset hold", "%s", name_of(sigset(number, SIG_HOLD)));
    fact("sigset own", "%s", name_of(sigset(number, on_signal)));
    show_action("after sigset", number);
    fact("sigignore", "%d", sigignore(number));
    show_action("after sigignore", number);
    signal(number, SIG_DFL);
}

static void show_errors(void)
{
    errno = 0;
    fact("signal of 0", "%s %d", name_of(signal(0, on_signal)), errno);
    errno = 0;
    fact("signal of 65", "%s %d", name_of(signal(65, on_signal)), errno);
    errno = 0;
    fact("signal of 9", "%s %d", name_of(signal(SIGKILL, on_signal)), errno);
    errno = 0;
    fact("sigaction of 9", "%d %d", sigaction(SIGKILL, &(struct sigaction){.sa_handler = on_signal}, NULL),
         errno);
    sigset_t set;
    sigemptyset(&set);
    fact("sigmask of 77", "%d", pthread_sigmask(77, &set, NULL));
    errno = 0;
    fact("sigprocmask of 77", "%d %d", sigprocmask(77, &set, NULL), errno);
}

static void show_mask(const char *after)
{
    sigset_t set;
    char mask[65] = "";
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    for (int number = 1; number < 65; number++)
        mask[number - 1] = sigismember(&set, number) == 1 ? 'x' : '.';
    fact(after, "%s", mask);
}

static void show_masks(void)
{
    sigset_t set, old;
    show_mask("mask at first");
    sigemptyset(&set);
    for (int i = 0; i < FATAL; i++)
        sigaddset(&set, fatal[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    show_mask("mask after blocking the fatal ones");
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_UNBLOCK, &set, &old);
    fact("old mask has SIGSEGV, SIGBUS", "%d %d", sigismember(&old, SIGSEGV), sigismember(&old, SIGBUS));
    show_mask("mask after unblocking SIGSEGV");
    sighold(SIGUSR2);
    show_mask("mask after sighold");
    sigrelse(SIGBUS);
    show_mask("mask after sigrelse");
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    show_mask("mask after filling");
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    show_mask("mask after emptying");
}

static void show_stack(const char *after)
{
    stack_t now;
    memset(&now, 0, sizeof now);
    fact(after, "result %d flags %d size %zu at %s", sigaltstack(NULL, &now), now.ss_flags, now.ss_size,
         now.ss_sp == NULL ? "null" : "an address");
}

static void show_stacks(void)
{
    show_stack("altstack at first");
    stack_t own = {.ss_size = 65536}, old;
    own.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(&old, 0, sizeof old);
    int result = sigaltstack(&own, &old);
    fact("altstack set", "%d, before: flags %d size %zu", result, old.ss_flags, old.ss_size);
    show_stack("altstack own");
    own.ss_size = 100;
    errno = 0;
    result = sigaltstack(&own, NULL);
    fact("altstack too small", "%d %d", result, errno);
    own.ss_flags = 99;
    errno = 0;
    result = sigaltstack(&own, NULL);
    fact("altstack bad flags", "%d %d", result, errno);
    own.ss_flags = SS_DISABLE;
    fact("altstack off", "%d", sigaltstack(&own, &old));
    fact("altstack before", "flags %d size %zu", old.ss_flags, old.ss_size);
    show_stack("altstack at last");
}

/* views: in the thread that is asked for. */
static void views(char **arguments)
{
    (void)arguments;
    for (int i = 0; i < FATAL; i++) {
        show_action("at first", fatal[i]);
        show_sigaction(fatal[i]);
        show_family(fatal[i]);
    }
    show_family(SIGUSR1);
    show_errors();
    show_masks();
    show_stacks();
    _exit(0);
}

const struct verb view_verbs[] = {
    {"views", IN_WORKER, views},
    {NULL, IN_MAIN, NULL},
};
