/* SPDX-License-Identifier: MIT */
/* An application that reaps every child it can find, and must never find one of crumple's (row 77). */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void complain(const char *who)
{
    static const char text[] = " saw a child that is not ours\n";
    size_t length = 0;
    while (who[length] != 0)
        length++;
    if (write(STDERR_FILENO, who, length) < 0 || write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(70);
    _exit(71);
}

static void on_child(int number)
{
    (void)number;
    complain("victim: the SIGCHLD handler");
}

/* Where nothing happens any more, a child that has ended stays until it is asked for: a look now and then is enough. */
static volatile int faults_are_over;

static void reap(int options, const char *who)
{
    arrive();
    for (;;) {
        int status;
        if (faults_are_over)
            usleep(1000);
        if (waitpid(-1, &status, options | WNOHANG) > 0)
            complain(who);
    }
}

static void *reap_children(void *unused)
{
    (void)unused;
    reap(0, "victim: waitpid(-1)");
    return NULL;
}

static void *reap_all_kinds(void *unused)
{
    (void)unused;
    reap(__WALL, "victim: waitpid(-1, __WALL)");
    return NULL;
}

static void start_reapers(void)
{
    start_thread_of(reap_children, NULL);
    start_thread_of(reap_all_kinds, NULL);
    await_arrivals(2);
}

static void reaper(char **arguments)
{
    (void)arguments;
    signal(SIGCHLD, on_child);
    start_reapers();
    announce();
    write_through_null();
}

static void reaper_ignoring(char **arguments)
{
    (void)arguments;
    signal(SIGCHLD, SIG_IGN);
    start_reapers();
    announce();
    write_through_null();
}

/* Blocks even what libc keeps for itself: nothing stops this thread while the others are captured. */
static void *reap_unstoppably(void *unused)
{
    static const uint64_t every_signal = UINT64_MAX;
    (void)unused;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &every_signal, NULL, sizeof every_signal);
    reap(__WALL, "victim: the unstoppable waitpid(-1, __WALL)");
    return NULL;
}

static void reaper_unstoppable(char **arguments)
{
    (void)arguments;
    start_thread_of(reap_unstoppably, NULL);
    await_arrivals(1);
    announce();
    write_through_null();
}

static void *fault_main(void *unused)
{
    write_through_null();
    return unused;
}

/*
 * reaper-contained N handler|ignore: N threads fault and are to be contained, one after the other, while the
 * children of this process are asked for in every way. Then some time for whoever still is one to end.
 */
static void reaper_contained(char **arguments)
{
    int i, n = atoi(arguments[0]);
    signal(SIGCHLD, arguments[1][0] == 'h' ? on_child : SIG_IGN);
    start_reapers();
    announce();
    for (i = 0; i < n; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, fault_main, NULL) != 0 || pthread_join(thread, NULL) != 0)
            give_up("pthread_create");
    }
    faults_are_over = 1;
    sleep(4);
    _exit(3);
}

const struct verb reaping_verbs[] = {
    {"reaper", IN_WORKER, reaper},
    {"reaper-ignoring", IN_WORKER, reaper_ignoring},
    {"reaper-contained", IN_MAIN, reaper_contained},
    {"reaper-unstoppable", IN_WORKER, reaper_unstoppable},
    {NULL, IN_MAIN, NULL},
};
