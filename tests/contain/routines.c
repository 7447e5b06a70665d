/* SPDX-License-Identifier: MIT */
/*
 * Start routines that fault and are run again, contained, parked or refused.
 *
 *   routines restarts FAULTS          'cleanup_main' faults so often, then returns 7; joined for 3 s
 *   routines std-restarts FAULTS      the same in a std::thread
 *   routines restart-exits            the first run faults between a cleanup handler's push and pop, the
 * second leaves by pthread_exit: the first one's handler is not to be found there routines repeat COUNT
 * FAULTS MS   COUNT threads of 'conn_main' one after the other, every MS; the first FAULTS fault routines
 * detached COUNT           detached threads that fault routines named NAME               a thread of
 * 'other_main' with that name faults routines during-exit              a thread faults while main is in
 * exit() routines during-return            the same, but main has returned routines healthy nothing faults
 *   routines wrapped                  'wrapper_main' calls other_main, which its argument leads to
 */
#include "facts.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern pthread_t start_std_routine(void *(*routine)(void *), void *argument);

enum { JOIN_MS = 3000 };

static int *volatile nowhere;
static atomic_int faults_left, runs;

/* What the first run of the routine saw; each further one is to see the same. */
static struct {
    pthread_t self;
    void *argument;
    pid_t tid;
} first;
static atomic_bool self_changed, argument_changed, tid_changed;

static __attribute__((noinline, noipa)) void fault_if_due(void)
{
    if (atomic_fetch_sub(&faults_left, 1) > 0)
        *nowhere = 1;
}

void *cleanup_main(void *argument)
{
    if (runs++ == 0) {
        first.self = pthread_self();
        first.argument = argument;
        first.tid = gettid();
    }
    self_changed |= !pthread_equal(first.self, pthread_self());
    argument_changed |= first.argument != argument;
    tid_changed |= first.tid != gettid();
    fault_if_due();
    return (void *)7;
}

static void count_cleanup(void *cleanups)
{
    ++*(int *)cleanups;
}

/* The stack of the first run is overwritten by the second one's array. */
static __attribute__((noinline, noipa)) void leave(void)
{
    volatile char other[2000];
    for (size_t i = 0; i < sizeof other; i++)
        other[i] = 'x';
    pthread_exit((void *)7);
}

void *exits_main(void *cleanups)
{
    if (runs++ > 0)
        leave();
    pthread_cleanup_push(count_cleanup, cleanups);
    fault_if_due();
    pthread_cleanup_pop(0);
    return NULL;
}

void *conn_main(void *argument)
{
    runs++;
    fault_if_due();
    return argument;
}

void *other_main(void *name)
{
    pthread_setname_np(pthread_self(), name);
    fault_if_due();
    return name;
}

static const char *text_of(int error, const void *value)
{
    static char text[24];
    if (error == EAGAIN)
        return "EAGAIN";
    if (error == ETIMEDOUT)
        return "ETIMEDOUT";
    if (value == PTHREAD_CANCELED)
        return "CANCELED";
    snprintf(text, sizeof text, "%ld", (long)value);
    return text;
}

static pthread_t start(void *(*routine)(void *), void *argument)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, routine, argument);
    if (errno != 0)
        give_up("pthread_create");
    return thread;
}

static void tell_join(const char *key, pthread_t thread)
{
    void *value = NULL;
    struct timespec deadline = deadline_in(JOIN_MS);
    int error = pthread_timedjoin_np(thread, &value, &deadline);
    fact(key, "%s", text_of(error, value));
}

/* Threads of other routines are not concerned. */
static void show_others_work(void)
{
    faults_left = 0;
    tell_join("other", start(conn_main, (void *)5));
}

static void restarts(char **arguments, bool in_std)
{
    static int argument;
    faults_left = atoi(arguments[0]);
    tell_join("value", in_std ? start_std_routine(cleanup_main, &argument) : start(cleanup_main, &argument));
    fact("runs", "%d", runs);
    fact("changed", "%s%s%s", self_changed ? "self " : "", argument_changed ? "argument " : "",
         tid_changed ? "tid " : "");
    show_others_work();
}

static void restart_exits(void)
{
    static int cleanups;
    faults_left = 1;
    tell_join("value", start(exits_main, &cleanups));
    fact("runs", "%d", runs);
    fact("cleanups_at_most_once", "%d", cleanups <= 1);
    show_others_work();
}

/* 'outcomes' is one letter for each: C cancelled, R refused by pthread_create, O ended by itself. */
static void repeat(char **arguments)
{
    int count = atoi(arguments[0]);
    char outcomes[200] = "";
    faults_left = atoi(arguments[1]);
    for (int i = 0; i < count && i < 199; i++) {
        pthread_t thread;
        void *value = NULL;
        int error = pthread_create(&thread, NULL, conn_main, (void *)5);
        if (error == 0)
            pthread_join(thread, &value);
        outcomes[i] = error == EAGAIN             ? 'R'
                      : value == PTHREAD_CANCELED ? 'C'
                      : value == (void *)5        ? 'O'
                                                  : '?';
        sleep_ms(atoi(arguments[2]));
    }
    fact("outcomes", "%s", outcomes);
}

static void detached(char **arguments)
{
    int count = atoi(arguments[0]);
    size_t before = count_tasks();
    faults_left = count;
    for (int i = 0; i < count; i++)
        pthread_detach(start(conn_main, NULL));
    for (int i = 0; i < 2000 && runs < count; i++)
        sleep_ms(1);
    fact("tasks", "%s", tasks_are_back(before) ? "back" : "left");
}

static void named(char **arguments)
{
    faults_left = 1;
    tell_join("value", start(other_main, arguments[0]));
}

/* A thread of a library's: what it is for is in its argument. */
struct job {
    const char *name;
    void *(*function)(void *);
};

static __attribute__((noinline, noipa)) void *wrapper_main(void *argument)
{
    const struct job *job = argument;
    void *result = job->function((void *)job->name);
    __asm__ volatile("" ::: "memory"); /* no tail call: it stays on the stack */
    return result;
}

static void wrapped(void)
{
    struct job job = {"job", other_main};
    faults_left = 1;
    tell_join("value", start(wrapper_main, &job));
}

static atomic_bool exiting;

static void *fault_in_exit(void *unused)
{
    while (!exiting)
        sleep_ms(1);
    *nowhere = 1;
    return unused;
}

static void let_it_fault(void)
{
    exiting = true;
    sleep_ms(3000);
}

static void during_exit(void)
{
    start(fault_in_exit, NULL);
    atexit(let_it_fault);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    char **arguments = argv + 2;
    if (strcmp(verb, "restarts") == 0 && argc == 3)
        restarts(arguments, false);
    else if (strcmp(verb, "std-restarts") == 0 && argc == 3)
        restarts(arguments, true);
    else if (strcmp(verb, "restart-exits") == 0)
        restart_exits();
    else if (strcmp(verb, "repeat") == 0 && argc == 5)
        repeat(arguments);
    else if (strcmp(verb, "detached") == 0 && argc == 3)
        detached(arguments);
    else if (strcmp(verb, "named") == 0 && argc == 3)
        named(arguments);
    else if (strcmp(verb, "wrapped") == 0)
        wrapped();
    else if (strcmp(verb, "during-exit") == 0)
        during_exit();
    else if (strcmp(verb, "during-return") == 0)
        during_exit();
    else if (strcmp(verb, "healthy") == 0)
        show_others_work();
    else
        return 2;
    fact("survived", "1");
    if (strcmp(verb, "during-exit") == 0)
        exit(0);
    return 0;
}
