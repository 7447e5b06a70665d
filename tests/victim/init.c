/* SPDX-License-Identifier: MIT */
/*
 * What the first process of a PID namespace lives through, and what it dies of. The kernel drops signals with
 * the default disposition that are sent to it, by whomever, and kills it for a fault.
 */
#include "victim.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT};
enum { FATAL = sizeof fatal / sizeof fatal[0] };
static const union sigval value = {.sival_int = 7};

static void by_itself(int sig)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig};
    struct itimerspec soon = {.it_value.tv_nsec = 1};
    const struct timespec moment = {.tv_nsec = 3000000};
    timer_t timer;
    raise(sig);
    kill(getpid(), sig);
    pthread_kill(pthread_self(), sig);
    sigqueue(getpid(), sig, value);
    pthread_sigqueue(pthread_self(), sig, value);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
        timer_settime(timer, 0, &soon, NULL);
        nanosleep(&moment, NULL);
        timer_delete(timer);
    }
}

/* Blocked, it is pending; unblocked, it is dropped all the same. */
static void while_blocked(int sig)
{
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, sig);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    raise(sig);
    sigpending(&pending);
    fact("pending", "%d", sigismember(&pending, sig));
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* A child sends all of them while this process reads; the read goes on. */
static void by_a_child(pid_t other_thread)
{
    char byte = 0;
    int ends[2];
    pid_t self = getpid();
    if (pipe(ends) != 0)
        give_up("pipe");
    if (fork() == 0) {
        const struct timespec moment = {.tv_nsec = 1000000};
        for (int i = 0; i < FATAL; i++) {
            kill(self, fatal[i]);
            syscall(SYS_tgkill, self, other_thread, fatal[i]);
            sigqueue(self, fatal[i], value);
            nanosleep(&moment, NULL);
        }
        write(ends[1], "x", 1);
        _exit(0);
    }
    errno = 0;
    fact("read", "%zd errno %d", read(ends[0], &byte, 1), errno);
    wait(NULL);
}

static pid_t parked;

static void *stay(void *unused)
{
    parked = own_tid();
    return park(unused);
}

/* --- ends ------------------------------------------------------------------------------------------------
 */

static void handle_and_raise(int sig)
{
    signal(sig, SIG_DFL);
    raise(sig); /* dropped; the fault comes again on return */
}

static void meet_filter(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_acct, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        give_up("seccomp");
    syscall(SYS_acct, NULL);
}

static void end(const char *how)
{
    if (strcmp(how, "fault") == 0) {
        write_through_null();
    } else if (strcmp(how, "handler") == 0) {
        signal(SIGSEGV, handle_and_raise);
        write_through_null();
    } else if (strcmp(how, "abort") == 0) {
        abort();
    } else if (strcmp(how, "assert") == 0) {
        assert(strcmp(how, "abort") == 0);
    } else if (strcmp(how, "heap") == 0) {
        char *volatile p = malloc(2000), *volatile q = malloc(16);
        free(p);
        free(p);
        free(q);
    } else if (strcmp(how, "trap") == 0) {
        __asm__ volatile("int3");
    } else if (strcmp(how, "filter") == 0) {
        meet_filter();
    }
}

/* init HOW: lives through whatever is sent, then ends. */
static void live_and_end(char **arguments)
{
    start_thread_of(stay, NULL);
    await_arrivals(1);
    for (int i = 0; i < FATAL; i++) {
        by_itself(fatal[i]);
        while_blocked(fatal[i]);
    }
    by_a_child(parked);
    fact("lives", "%d", getpid() == 1);
    announce();
    end(arguments[0]);
    _exit(3);
}

/* init-waits: until the first line on stdin. */
static void wait_for_line(char **unused)
{
    char byte;
    (void)unused;
    start_thread_of(stay, NULL);
    await_arrivals(1);
    announce();
    fact("read", "%zd", read(0, &byte, 1));
    _exit(3);
}

const struct verb init_verbs[] = {
    {"init", IN_MAIN, live_and_end},
    {"init-waits", IN_MAIN, wait_for_line},
    {NULL, IN_MAIN, NULL},
};
