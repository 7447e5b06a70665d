/* SPDX-License-Identifier: MIT */
#include "die_of.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/stages.h"
#include "crumple_format.h"
#include "report/say.h"

#define STACK_BYTES (64 << 10)

static const struct {
    Elf64_Nhdr head;
    char text[sizeof CRUMPLE_WRITER_NOTE];
} note __attribute__((section(".note.crumple"), used, aligned(4))) = {{sizeof CRUMPLE_WRITER_NOTE, 0, 1},
                                                                      CRUMPLE_WRITER_NOTE};

static volatile int wanted; /* the signal */
static bool is_quiet;
static char stack[STACK_BYTES];
static struct buffer late_line, dead_line; /* composed beforehand: a handler can allocate nothing */

int die_of_parse(const char *text, struct die_of *ret_die_of)
{
    int end = 0;
    struct die_of parsed = {0, 0};
    if (sscanf(text, "%d:%d%n", &parsed.signal, &parsed.ms, &end) != 2 || text[end] || parsed.signal <= 0 ||
        parsed.signal >= SIGRTMIN || parsed.ms <= 0)
        return -EINVAL;
    *ret_die_of = parsed;
    return 0;
}

void die_of_now(void)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t set;
    (void)sigaction(wanted, &by_default, NULL);
    sigemptyset(&set);
    sigaddset(&set, wanted);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    (void)syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), wanted);
    _exit(128 + wanted);
}

void die_of_compose(void)
{
    static const char kept[] = "; the core is kept, finish it with 'crumple collect'";
    static const char late[] = "the report takes longer than CRUMPLE_TIMEOUT", dead[] = "crumple-writer died";
    char text[sizeof late + sizeof kept];
    if (!wanted || is_quiet)
        return;
    say_compose(text, (size_t)snprintf(text, sizeof text, "%s%s", late, kept), &late_line);
    say_compose(text, (size_t)snprintf(text, sizeof text, "%s%s", dead, kept), &dead_line);
}

/* The writer's own death, or its time is over. */
static void die_early(int number)
{
    const struct buffer *line = number == SIGRTMAX ? &late_line : &dead_line;
    if (!stages_progress->has_ok && line->data && !line->failed)
        say_bytes(line->data, line->size);
    die_of_now();
}

static void die_at_exit(void)
{
    die_of_now();
}

/* A timer that the crashed program has set survives an exec (setitimer(2)); its signals stay blocked. Those that wait
 * for ours are taken. */
static void start_timer(int ms)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMAX};
    const struct itimerspec time = {.it_value = {ms / 1000, ms % 1000 * 1000000L}};
    const struct timespec none = {0, 0};
    sigset_t set;
    timer_t timer;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMAX);
    while (sigtimedwait(&set, NULL, &none) > 0)
        ;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        (void)timer_settime(timer, 0, &time, NULL);
}

void die_of_prepare(const struct die_of *die_of, int is_silent)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct rlimit no_core = {0, 0};
    struct sigaction action = {.sa_handler = die_early, .sa_flags = SA_ONSTACK};
    sigset_t open;
    wanted = die_of->signal;
    is_quiet = is_silent;
    sigfillset(&action.sa_mask);
    sigemptyset(&open);
    sigaddset(&open, SIGRTMAX);
    (void)sigaltstack(&alternate, NULL);
    (void)sigaction(SIGRTMAX, &action, NULL);
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        (void)sigaction(fatal[i], &action, NULL);
        sigaddset(&open, fatal[i]);
    }
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)atexit(die_at_exit);
    start_timer(die_of->ms);
    (void)pthread_sigmask(SIG_UNBLOCK, &open, NULL);
}
