/* SPDX-License-Identifier: MIT */
/* Threads that block every signal and wait for them by other means (row 45). None may see one of crumple's.
 */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void block_all(sigset_t *ret_all)
{
    sigfillset(ret_all);
    pthread_sigmask(SIG_SETMASK, ret_all, NULL);
}

static _Noreturn void complain(const char *who, int number)
{
    dprintf(STDERR_FILENO, "victim: %s was given signal %d\n", who, number);
    _exit(71);
}

static void *wait_in_sigwaitinfo(void *unused)
{
    sigset_t all;
    siginfo_t info;
    (void)unused;
    block_all(&all);
    arrive();
    for (;;) {
        int number = sigwaitinfo(&all, &info);
        if (number > 0)
            complain("sigwaitinfo", number);
    }
}

static void *wait_in_signalfd(void *unused)
{
    sigset_t all;
    struct signalfd_siginfo info;
    (void)unused;
    block_all(&all);
    int file = signalfd(-1, &all, SFD_CLOEXEC);
    if (file < 0)
        give_up("signalfd");
    arrive();
    for (;;) {
        if (read(file, &info, sizeof info) == sizeof info)
            complain("signalfd", (int)info.ssi_signo);
    }
}

static void *wait_in_epoll_pwait(void *unused)
{
    sigset_t all;
    struct epoll_event event;
    (void)unused;
    sigfillset(&all);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        give_up("epoll_create1");
    arrive();
    for (;;) {
        if (epoll_pwait(epoll, &event, 1, -1, &all) < 0 && errno != EINTR)
            give_up("epoll_pwait");
    }
}

static void all_blocked_neighbours(char **arguments)
{
    (void)arguments;
    start_thread_of(wait_in_sigwaitinfo, NULL);
    start_thread_of(wait_in_signalfd, NULL);
    start_thread_of(wait_in_epoll_pwait, NULL);
    await_arrivals(3);
    announce();
    write_through_null();
}

const struct verb waiting_verbs[] = {
    {"blocked-neighbours", IN_WORKER, all_blocked_neighbours},
    {NULL, IN_MAIN, NULL},
};
