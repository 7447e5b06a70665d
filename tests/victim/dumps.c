/* SPDX-License-Identifier: MIT */
/* Processes that live while they are dumped, and say what they noticed of it. All end well at SIGTERM, or by themselves. */
#include "victim.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../include/crumple.h"

static atomic_bool is_asked_to_end;
static atomic_uint interrupted, rounds;

static void end(int number)
{
    (void)number;
    is_asked_to_end = true;
}

static void await_term(void)
{
    announce();
    while (!is_asked_to_end)
        (void)usleep(1000);
}

static void take_term(void)
{
    const struct sigaction act = {.sa_handler = end};
    sigaction(SIGTERM, &act, NULL);
}

/* --- calls that never go on after a handler (signal(7)): each in a thread of its own --------------------- */

static int in_epoll_wait(void)
{
    static int epoll = -1;
    struct epoll_event event;
    if (epoll < 0)
        epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll_wait(epoll, &event, 1, 60000);
}

static int in_poll(void)
{
    return poll(NULL, 0, 60000);
}

static int in_ppoll(void)
{
    const struct timespec limit = {60, 0};
    sigset_t none;
    sigemptyset(&none);
    return ppoll(NULL, 0, &limit, &none);
}

static int in_select(void)
{
    struct timeval limit = {60, 0};
    return select(0, NULL, NULL, NULL, &limit);
}

static int in_nanosleep(void)
{
    const struct timespec limit = {60, 0};
    return nanosleep(&limit, NULL);
}

static int in_clock_nanosleep(void)
{
    const struct timespec limit = {60, 0};
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &limit, NULL);
    return errno ? -1 : 0;
}

static int in_sem_timedwait(void)
{
    static sem_t sem;
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 60;
    return sem_timedwait(&sem, &limit);
}

static int in_sigtimedwait(void)
{
    const struct timespec limit = {60, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return sigtimedwait(&set, NULL, &limit);
}

static int in_recv(void)
{
    const struct timeval limit = {60, 0};
    char byte;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        give_up("socketpair");
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return (int)recv(pair[0], &byte, 1, 0);
}

static int in_semop(void)
{
    struct sembuf down = {0, -1, 0};
    int id = semget(IPC_PRIVATE, 1, 0600);
    int result = semop(id, &down, 1), error = errno;
    semctl(id, 0, IPC_RMID);
    errno = error;
    return result;
}

static int in_pause(void)
{
    return pause();
}

static int (*const calls[])(void) = {
    in_epoll_wait,    in_poll,         in_ppoll, in_select, in_nanosleep, in_clock_nanosleep,
    in_sem_timedwait, in_sigtimedwait, in_recv,  in_semop,  in_pause};
enum { CALLS = sizeof calls / sizeof calls[0] };

/* A signal is for the main thread, which says that it has come. */
static void *wait_in(void *number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    arrive();
    while (!is_asked_to_end) {
        int result = calls[(uintptr_t)number]();
        if (result < 0 && errno == EINTR) {
            interrupted++;
            fact("interrupted", "call %d", (int)(uintptr_t)number);
        }
    }
    return NULL;
}

static void wait_in_calls(char **arguments)
{
    (void)arguments;
    take_term();
    for (uintptr_t i = 0; i < CALLS; i++)
        start_thread_of(wait_in, (void *)i);
    await_arrivals(CALLS);
    (void)usleep(50000); /* arrived, and on the way into the call */
    await_term();
    fact("interruptions", "%u", interrupted);
}

/* --- threads ------------------------------------------------------------------------------------------- */

/* With a fatal signal that was sent, and that a raw call blocks. */
static void *park_pending(void *unused)
{
    const unsigned long segv = 1ul << (SIGSEGV - 1);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &segv, NULL, sizeof segv);
    syscall(SYS_tgkill, getpid(), own_tid(), SIGSEGV);
    return park(unused);
}

static void live_pending(char **arguments)
{
    (void)arguments;
    take_term();
    start_thread_of(park_pending, NULL);
    await_arrivals(1);
    await_term();
}

static void live_parked(char **arguments)
{
    unsigned count = arguments[0] ? (unsigned)strtoul(arguments[0], NULL, 10) : 4;
    take_term();
    for (unsigned i = 0; i < count; i++)
        start_thread_of(park, NULL);
    await_arrivals(count);
    await_term();
    fact("tasks_at_end", "%zu", count_tasks());
}

/* Blocks that are checked: a dump in the middle of malloc changes nothing. */
static void *churn_memory(void *seed)
{
    unsigned state = (unsigned)(uintptr_t)seed;
    unsigned char *blocks[64] = {NULL};
    arrive();
    while (!is_asked_to_end) {
        unsigned at = rand_r(&state) % 64, bytes = 1 + rand_r(&state) % 5000;
        for (unsigned i = 0; blocks[at] && i < 16; i++)
            if (blocks[at][i] != (unsigned char)(at + i))
                give_up("a block that was changed");
        free(blocks[at]);
        blocks[at] = malloc(bytes + 16);
        for (unsigned i = 0; i < 16; i++)
            blocks[at][i] = (unsigned char)(at + i);
        rounds++;
    }
    return NULL;
}

static void live_allocating(char **arguments)
{
    (void)arguments;
    take_term();
    for (uintptr_t i = 1; i <= 4; i++)
        start_thread_of(churn_memory, (void *)i);
    await_arrivals(4);
    await_term();
    fact("rounds", "%s", rounds > 100 ? "many" : "few");
}

static void *end_at_once(void *unused)
{
    return unused;
}

static void *make_threads(void *unused)
{
    arrive();
    while (!is_asked_to_end) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
            pthread_join(thread, NULL);
        rounds++;
    }
    return unused;
}

static void *make_children(void *unused)
{
    arrive();
    while (!is_asked_to_end) {
        int status = -1;
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        pid_t ended = waitpid(-1, &status, 0);
        while (ended < 0 && errno == EINTR)
            ended = waitpid(-1, &status, 0);
        if (child > 0 && (ended != child || status != 0))
            fact("wrong_child", "%d of %d, status %d", (int)ended, (int)child, status);
        rounds++;
    }
    return unused;
}

static void count_alarm(int number)
{
    (void)number;
    rounds++;
}

static void count_child(int number, siginfo_t *info, void *unused)
{
    (void)number, (void)unused;
    if (info->si_status != 0)
        fact("wrong_sigchld", "pid %d, status %d", (int)info->si_pid, info->si_status);
}

/* Threads and children that come and go, and a storm of signals. */
static void live_busy(char **arguments)
{
    const struct itimerval often = {{0, 500}, {0, 500}};
    const struct sigaction alarm_act = {.sa_handler = count_alarm, .sa_flags = SA_RESTART};
    const struct sigaction child_act = {.sa_sigaction = count_child, .sa_flags = SA_RESTART | SA_SIGINFO};
    (void)arguments;
    take_term();
    sigaction(SIGALRM, &alarm_act, NULL);
    sigaction(SIGCHLD, &child_act, NULL);
    start_thread_of(make_threads, NULL);
    start_thread_of(make_threads, NULL);
    start_thread_of(make_children, NULL);
    await_arrivals(3);
    setitimer(ITIMER_REAL, &often, NULL);
    await_term();
    fact("rounds", "%s", rounds > 100 ? "many" : "few");
}

/* The program calls itself, again and again, as often as is said. */
static void live_in_exec(char **arguments)
{
    char number[24], self[4096];
    long left = arguments[0] ? strtol(arguments[0], NULL, 10) : 0;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (left <= 0 || n <= 0) {
        fact("execs", "done");
        return;
    }
    self[n] = '\0';
    if (left % 100 == 0)
        announce();
    snprintf(number, sizeof number, "%ld", left - 1);
    execl(self, self, "live-in-exec", number, (char *)NULL);
    give_up("execl");
}

/* --- who asks, and who does not hear ---------------------------------------------------------------------- */

static void dump_itself(char **arguments)
{
    long count = arguments[0] ? strtol(arguments[0], NULL, 10) : 1;
    start_thread_of(park, NULL);
    await_arrivals(1);
    announce();
    fact("is_there", "%d", crumple_dump != NULL);
    for (long i = 0; crumple_dump && i < count; i++) {
        errno = 4711;
        fact("dump", "%d errno %d", crumple_dump("the queue has not moved"), errno);
    }
    fact("children", "%d", (int)waitpid(-1, NULL, __WALL));
}

static void live_deaf(char **arguments)
{
    const uint64_t all = ~UINT64_C(0);
    (void)arguments;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
    announce();
    (void)poll(NULL, 0, 3000);
    fact("woke", "1");
}

/* All signals that a program can wait for are waited for: SIGTERM alone comes. */
static void live_in_sigwait(char **arguments)
{
    sigset_t all;
    siginfo_t info;
    (void)arguments;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    announce();
    int number = sigwaitinfo(&all, &info);
    fact("came", "%d", number);
}

/* Another thread faults, all the time that dumps are asked for. */
static void fault_later(char **arguments)
{
    (void)arguments;
    for (int i = 0; i < 8; i++)
        start_thread_of(park, NULL);
    await_arrivals(8);
    announce();
    (void)poll(NULL, 0, 300);
    write_through_null();
}

const struct verb dump_verbs[] = {
    {"live-pending", IN_MAIN, live_pending},
    {"live-in-calls", IN_MAIN, wait_in_calls},
    {"live-parked", IN_MAIN, live_parked},
    {"live-allocating", IN_MAIN, live_allocating},
    {"live-busy", IN_MAIN, live_busy},
    {"live-in-exec", IN_MAIN, live_in_exec},
    {"live-deaf", IN_MAIN, live_deaf},
    {"live-in-sigwait", IN_MAIN, live_in_sigwait},
    {"dump-itself", IN_MAIN, dump_itself},
    {"fault-later", IN_WORKER, fault_later},
    {NULL, IN_MAIN, NULL},
};
