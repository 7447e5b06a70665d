/* SPDX-License-Identifier: MIT */
/*
 * Those beside a report: threads that wait or take faults of their own while an exit is reported and libc
 * still flushes, timers of the application. What they see, they say; nothing may come of a report that does
 * not come without.
 */
#include "victim.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_US 400000

static void (*while_flushing)(void);

/* A stream whose reader is slow. */
static ssize_t write_slowly(void *cookie, const char *text, size_t bytes)
{
    (void)cookie;
    (void)text;
    usleep(FLUSH_US);
    if (while_flushing != NULL)
        while_flushing();
    return (ssize_t)bytes;
}

static void leave_words_to_flush(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_slowly});
    if (stream == NULL || fputs("the last words", stream) < 0)
        give_up("fopencookie");
}

static long by_epoll_wait(void)
{
    struct epoll_event event;
    int set = epoll_create1(0);
    if (set < 0)
        give_up("epoll_create1");
    arrive();
    return epoll_wait(set, &event, 1, -1);
}

static long by_poll(void)
{
    arrive();
    return poll(NULL, 0, -1);
}

static long by_nanosleep(void)
{
    const struct timespec pause = {1000, 0};
    arrive();
    return nanosleep(&pause, NULL);
}

static long by_sem_wait(void)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    arrive();
    return sem_wait(&semaphore);
}

static long by_msgrcv(void)
{
    struct msgbuf {
        long type;
        char text[8];
    } message;
    int queue = msgget(IPC_PRIVATE, 0600);
    if (queue < 0)
        give_up("msgget");
    arrive();
    long got = msgrcv(queue, &message, sizeof message.text, 0, 0);
    msgctl(queue, IPC_RMID, NULL);
    return got;
}

static long by_sigwaitinfo(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    arrive();
    return sigwaitinfo(&set, NULL);
}

static const struct wait {
    const char *name;
    long (*wait)(void);
} waits[] = {
    {"epoll_wait", by_epoll_wait}, {"poll", by_poll},     {"nanosleep", by_nanosleep},
    {"sem_wait", by_sem_wait},     {"msgrcv", by_msgrcv}, {"sigwaitinfo", by_sigwaitinfo},
};
enum { WAITS = sizeof waits / sizeof *waits };

/* Of a program without a signal handler no call is ever interrupted. */
static void *wait_for_ever(void *argument)
{
    const struct wait *how = argument;
    long result = how->wait();
    fact("came-back", "%s %ld %s", how->name, result, strerror(errno));
    abort();
}

/* exit-beside WAIT|all: exit(3) while others wait, and a slow stream is to be flushed. */
static void exit_beside(char **arguments)
{
    unsigned started = 0;
    for (size_t i = 0; i < WAITS; i++)
        if (strcmp(arguments[0], "all") == 0 || strcmp(arguments[0], waits[i].name) == 0) {
            start_thread_of(wait_for_ever, (void *)&waits[i]);
            started++;
        }
    if (started == 0)
        give_up(arguments[0]);
    await_arrivals(started);
    usleep(50000); /* they have arrived before the call, not in it */
    leave_words_to_flush();
    announce();
    exit(3);
}

/* No helper can be had: what is refused is what a limit of processes refuses. */
static void refuse_processes(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
        give_up("seccomp");
}

static char *guarded_page;
static atomic_ulong barriers;

static void open_page(int number)
{
    (void)number;
    mprotect(guarded_page, 4096, PROT_READ | PROT_WRITE);
}

/* As a collector of garbage finds out what is written to: a fault is nothing out of the ordinary. */
static void *take_faults(void *unused)
{
    while (guarded_page != MAP_FAILED) {
        *(volatile char *)guarded_page = 1;
        mprotect(guarded_page, 4096, PROT_READ);
        if (atomic_fetch_add(&barriers, 1) == 10)
            arrive();
    }
    return unused;
}

static void say_what_is_kept(void)
{
    struct sigaction act;
    struct itimerval timer;
    unsigned long before = barriers;
    sigaction(SIGSEGV, NULL, &act);
    fact("handler", "%s", act.sa_handler == open_page ? "own" : "another");
    sigaction(SIGALRM, NULL, &act);
    fact("alarm-handler", "%s", act.sa_handler == SIG_IGN ? "own" : "another");
    getitimer(ITIMER_REAL, &timer);
    fact("timer", "%s", timer.it_value.tv_sec > 500 ? "running" : "lost");
    usleep(FLUSH_US);
    fact("faults", "%s", barriers > before ? "taken" : "none");
}

/* exit-beside-faults [alone]: exit(3) beside a thread that lives by its own SIGSEGV handler; alone: without
 * a process to be had for the report. */
static void exit_beside_faults(char **arguments)
{
    const struct itimerval long_time = {{0, 0}, {1000, 0}};
    struct sigaction act = {.sa_handler = open_page};
    guarded_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guarded_page == MAP_FAILED || sigaction(SIGSEGV, &act, NULL) != 0)
        give_up("mmap");
    signal(SIGALRM, SIG_IGN);
    setitimer(ITIMER_REAL, &long_time, NULL);
    start_thread_of(take_faults, NULL);
    await_arrivals(1);
    while_flushing = say_what_is_kept;
    leave_words_to_flush();
    announce();
    if (arguments[0] != NULL)
        refuse_processes();
    exit(3);
}

static void ignore(int number)
{
    (void)number;
}

/* ringing NANOSECONDS: a timer of the application's own rings so often while a fault is captured in the
 * process itself. */
static void ringing(char **arguments)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    const struct timespec often = {0, strtol(arguments[0], NULL, 10)};
    const struct itimerspec times = {often, often};
    timer_t timer;
    signal(SIGALRM, ignore);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &times, NULL) != 0)
        give_up("timer_create");
    announce();
    refuse_processes();
    write_through_null();
}

static void fault_in_handler(int number)
{
    (void)number;
    write_through_null();
}

static void block_nearly_all(int open)
{
    sigset_t set;
    sigfillset(&set);
    if (open != 0)
        sigdelset(&set, open);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* system-handler: with SIGSEGV blocked, a handler faults while system() waits for its command. */
static void system_handler(char **arguments)
{
    (void)arguments;
    signal(SIGUSR1, fault_in_handler);
    block_nearly_all(SIGUSR1);
    announce();
    if (system("kill -USR1 $PPID; sleep 0.2") == 0)
        fact("command", "ended");
}

static NOINLINE void fault_in_cleanup(void *unused)
{
    (void)unused;
    announce();
    write_through_null();
}

static void *call_system(void *unused)
{
    pthread_cleanup_push(fault_in_cleanup, NULL);
    arrive();
    if (system("exec sleep 5") == 0)
        fact("command", "ended");
    pthread_cleanup_pop(0);
    return unused;
}

/* system-cancelled: the same in what is done for a thread that is cancelled in system(). */
static void system_cancelled(char **arguments)
{
    pthread_t thread;
    (void)arguments;
    block_nearly_all(0);
    if (pthread_create(&thread, NULL, call_system, NULL) != 0)
        give_up("pthread_create");
    await_arrivals(1);
    usleep(200000); /* it waits for the command */
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

const struct verb beside_verbs[] = {
    {"exit-beside", IN_WORKER, exit_beside},
    {"exit-beside-faults", IN_WORKER, exit_beside_faults},
    {"ringing", IN_WORKER, ringing},
    {"system-handler", IN_MAIN, system_handler},
    {"system-cancelled", IN_MAIN, system_cancelled},
    {NULL, IN_MAIN, NULL},
};
