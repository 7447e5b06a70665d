/* SPDX-License-Identifier: MIT */
/* Signals that somebody sends, and masks that keep them out (rows 20-23 and 42). */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Tells the runner, which then sends the signal it was given (see tests/programs/runner.c). */
static void tell_ready(void)
{
    const char *descriptor = getenv("RUNNER_READY_FD");
    if (descriptor != NULL && write(atoi(descriptor), "r", 1) != 1)
        give_up("RUNNER_READY_FD");
}

static NOINLINE void serve_events(int epoll)
{
    struct epoll_event event;
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) < 0 && errno != EINTR)
            give_up("epoll_wait");
    }
}

/* idle: waits in epoll_wait for a signal from outside. */
static void idle(char **arguments)
{
    (void)arguments;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        give_up("epoll_create1");
    start_thread_of(park, NULL);
    await_arrivals(1);
    announce();
    tell_ready();
    serve_events(epoll);
}

static void on_terminate(int number)
{
    static const char farewell[] = "farewell=1\n";
    (void)number;
    if (write(STDOUT_FILENO, farewell, sizeof farewell - 1) < 0)
        _exit(70);
    _exit(3);
}

/* idle-handled: the same, with an own handler for SIGTERM that ends the process with status 3. */
static void idle_handled(char **arguments)
{
    signal(SIGTERM, on_terminate);
    idle(arguments);
}

static void raise_again(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void kill_again(int number)
{
    signal(number, SIG_DFL);
    kill(getpid(), number);
}

static void only_raise_again(int number)
{
    raise(number);
}

/* idle-passes-on HOW: the same, with handlers that raise the signal again: 'raise' and 'kill' while it is
 * blocked, so that they have returned when it comes; 'open' at once; 'once': it has become the default by
 * itself. */
static void idle_passes_on(char **arguments)
{
    static const struct {
        const char *how;
        void (*handler)(int number);
        int flags;
    } ways[] = {{"raise", raise_again, 0},
                {"kill", kill_again, 0},
                {"open", raise_again, SA_NODEFER},
                {"once", only_raise_again, (int)SA_RESETHAND}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct sigaction action = {.sa_handler = ways[i].handler, .sa_flags = ways[i].flags};
        if (arguments[0] && strcmp(arguments[0], ways[i].how) == 0 &&
            (sigaction(SIGSEGV, &action, NULL) != 0 || sigaction(SIGABRT, &action, NULL) != 0))
            give_up("sigaction");
    }
    idle(arguments);
}

static NOINLINE void reply(int descriptor)
{
    if (write(descriptor, "reply", 5) == 5)
        give_up("the other end still reads");
}

/* closed-connection: the client is gone. */
static void closed_connection(char **arguments)
{
    (void)arguments;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        give_up("socketpair");
    close(pair[0]);
    announce();
    reply(pair[1]);
    fact("errno", "%d", errno);
    _exit(0);
}

static struct {
    void (*handler)(int number, siginfo_t *info, void *context);
    unsigned long flags;
    void *restorer;
    unsigned long mask;
} found;

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (found.handler)
        found.handler(number, info, context);
}

/* closed-connection-chained: a runtime that takes SIGPIPE by raw system calls and calls what it found there. */
static void closed_connection_chained(char **arguments)
{
    struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO};
    syscall(SYS_rt_sigaction, SIGPIPE, NULL, &found, 8);
    sigaction(SIGPIPE, &action, NULL);
    closed_connection(arguments);
}

static void alarm_clock(char **arguments)
{
    (void)arguments;
    announce();
    ualarm(50000, 0);
    sleep_for_ever();
}

/* open-in-wait NUMBER: blocks the signal, but for the wait. */
static void open_in_wait(char **arguments)
{
    sigset_t blocked, none;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, atoi(arguments[0]));
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    announce();
    tell_ready();
    ppoll(NULL, 0, NULL, &none);
    give_up("it lives");
}

/* closed-connection-forked: the child of a process with threads has its parent's handlers. */
static void closed_connection_forked(char **arguments)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        closed_connection(arguments);
    waitpid(child, &status, 0);
    announce();
    fact("child", "%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    _exit(0);
}

static NOINLINE void send_to_own_thread(int number)
{
    syscall(SYS_tgkill, getpid(), own_tid(), number);
}

/* tgkill-self: SIGSEGV that no instruction has caused. */
static void tgkill_self(char **arguments)
{
    (void)arguments;
    announce();
    send_to_own_thread(SIGSEGV);
}

static NOINLINE void queue_abort_signal(int value)
{
    union sigval payload = {.sival_int = value};
    pthread_sigqueue(pthread_self(), SIGABRT, payload);
}

static void sigqueue_abort(char **arguments)
{
    (void)arguments;
    fact("value", "%d", 4711);
    announce();
    queue_abort_signal(4711);
}

/* all-blocked: the mask that it reads back must be the one it has set. */
static void all_blocked(char **arguments)
{
    sigset_t all, seen;
    (void)arguments;
    sigfillset(&all);
    memset(&seen, 0, sizeof seen);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &seen);
    int same = 1;
    for (int number = 1; number < NSIG; number++) {
        /* The kernel never lets these two be blocked. */
        if (number != SIGKILL && number != SIGSTOP && sigismember(&all, number) != sigismember(&seen, number))
            same = 0;
    }
    fact("mask_kept", "%d", same);
    announce();
    write_through_null();
}

const struct verb signal_verbs[] = {
    {"idle", IN_MAIN, idle},
    {"idle-handled", IN_MAIN, idle_handled},
    {"idle-passes-on", IN_MAIN, idle_passes_on},
    {"closed-connection", IN_WORKER, closed_connection},
    {"closed-connection-forked", IN_WORKER, closed_connection_forked},
    {"closed-connection-chained", IN_WORKER, closed_connection_chained},
    {"alarm-clock", IN_MAIN, alarm_clock},
    {"open-in-wait", IN_MAIN, open_in_wait},
    {"tgkill-self", IN_WORKER, tgkill_self},
    {"sigqueue-abort", IN_WORKER, sigqueue_abort},
    {"all-blocked", IN_WORKER, all_blocked},
    {NULL, IN_MAIN, NULL},
};
