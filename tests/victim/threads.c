/* SPDX-License-Identifier: MIT */
/* Many threads, threads that pthread_create has not made, and two faults at once (rows 43, 49, 50 and 72). */
#include "victim.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static void start_parked(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        start_thread_of(park, NULL);
    await_arrivals(count);
}

/* parked N: N idle threads beside the one that faults. */
static void parked(char **arguments)
{
    start_parked((unsigned)strtoul(arguments[0], NULL, 10));
    announce();
    write_through_null();
}

/* no-signal-queue LIMIT: 500 idle threads in a process that may queue only LIMIT signals. */
static void no_signal_queue(char **arguments)
{
    start_parked(500);
    rlim_t most = strtoul(arguments[0], NULL, 10);
    struct rlimit limit = {most, most};
    if (setrlimit(RLIMIT_SIGPENDING, &limit) != 0)
        give_up("setrlimit");
    announce();
    write_through_null();
}

static int park_c11(void *unused)
{
    park(unused);
    return 0;
}

static void c11_thread(char **arguments)
{
    thrd_t thread;
    (void)arguments;
    if (thrd_create(&thread, park_c11, NULL) != thrd_success)
        give_up("thrd_create");
    await_arrivals(1);
    announce();
    write_through_null();
}

static void park_in_timer(union sigval unused)
{
    (void)unused;
    park(NULL);
}

/* The callback runs in a thread of its own, beside the timer's helper thread. */
static void timer_thread(char **arguments)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = park_in_timer};
    struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
    timer_t timer;

    (void)arguments;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &soon, NULL) != 0)
        give_up("timer_create");
    await_arrivals(1);
    announce();
    write_through_null();
}

static atomic_uint at_the_line;

static NOINLINE void fault_at_barrier(unsigned count)
{
    atomic_fetch_add(&at_the_line, 1);
    while (atomic_load_explicit(&at_the_line, memory_order_relaxed) < count)
        ;
    write_through_null();
}

static void *fault_together(void *count)
{
    fault_at_barrier((unsigned)(size_t)count);
    return NULL;
}

/* together N: N threads fault in the same instant. */
static void together(char **arguments)
{
    unsigned count = (unsigned)strtoul(arguments[0], NULL, 10);
    for (unsigned i = 1; i < count; i++)
        start_thread_of(fault_together, (void *)(size_t)count);
    /* All of them run by now: the number of tasks is final. */
    while (atomic_load(&at_the_line) < count - 1)
        ;
    announce();
    fault_at_barrier(count);
}

const struct verb thread_verbs[] = {
    {"parked", IN_WORKER, parked},         {"no-signal-queue", IN_WORKER, no_signal_queue},
    {"c11-thread", IN_WORKER, c11_thread}, {"timer-thread", IN_WORKER, timer_thread},
    {"together", IN_WORKER, together},     {NULL, IN_MAIN, NULL},
};
