/* SPDX-License-Identifier: MIT */
/*
 * A program that says what it is doing (crumple.h); C and C++, compiled in all ways in which it can be linked. tagged WAY:
 *   crash             tags of the process and of two threads, events, and a fault in the main thread
 *   many THREADS      all threads tag without an end, values that tell whether they are whole; one of them faults
 *   storm             a signal handler tags what it has interrupted the tagging of; then a fault
 *   fork              the child faults, and has the tags of the thread that made it
 *   plugin LIBRARY    tagged_plugin() of a library tags; then a fault
 *   deep              a fault ten calls deep in a thread
 *   dump              a dump of a thread with tags
 *   nulls             prints what they return for names and formats that are NULL
 *   none              prints what the functions return
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crumple.h"

static void fault(void)
{
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

/* More frames than the lines on stderr have room for. */
#define DEEPER(name, next)                                                                                   \
    static __attribute__((noinline)) void name(volatile int *calls)                                          \
    {                                                                                                        \
        ++*calls;                                                                                            \
        next;                                                                                                \
        ++*calls;                                                                                            \
    }
DEEPER(deep1, fault())
DEEPER(deep2, deep1(calls))
DEEPER(deep3, deep2(calls))
DEEPER(deep4, deep3(calls))
DEEPER(deep5, deep4(calls))
DEEPER(deep6, deep5(calls))
DEEPER(deep7, deep6(calls))
DEEPER(deep8, deep7(calls))
DEEPER(deep9, deep8(calls))

static void *go_deep(void *calls)
{
    crumple_tag("match_id", "%d", 42);
    deep9((volatile int *)calls);
    return calls;
}

static void deep(void)
{
    static volatile int calls;
    pthread_t thread;
    pthread_create(&thread, NULL, go_deep, (void *)&calls);
    pthread_join(thread, NULL);
}

static void *wait_tagged(void *ready)
{
    crumple_tag("match_id", "%d", 7);
    crumple_tag("!who", "ali%s", "ce"); /* a secret, and no constant of the program */
    pthread_barrier_wait((pthread_barrier_t *)ready);
    pause();
    return NULL;
}

static void crash(void)
{
    pthread_barrier_t ready;
    pthread_t thread;
    pthread_barrier_init(&ready, NULL, 2);
    pthread_create(&thread, NULL, wait_tagged, &ready);
    pthread_barrier_wait(&ready);
    crumple_process_tag("build", "%s", "1.42");
    crumple_process_tag("tick", "%d", 1);
    crumple_tag("match_id", "%d", 42);
    crumple_tag("tick", "%llu", 123456789012ULL);
    crumple_tag("speed", "%.2f", 1.5);
    crumple_tag_push("rpc", "%s", "join");
    crumple_tag_push("rpc", "%s", "leave\x1b[31m");
    crumple_tag("!api_key", "PLAN%s", "TED");
    for (int i = 1; i <= 300; i++)
        crumple_event("player %d joined", i);
    fault();
}

/* Where there are too many for the machine they rest now and then: what is stopped must run once more, and the writer must run. */
static int must_rest;

/* One thread of many: what it says is whole if its three parts are one number. */
static void *tag_without_end(void *number)
{
    const int faults_at = *(int *)number == 0 ? 2000 : 0;
    for (int i = 1;; i++) {
        crumple_tag("whole", "%d-%d-%d", i, i, i);
        crumple_tag("mine", "%d", *(int *)number);
        crumple_process_tag("whole_too", "%d-%d-%d", i, i, i);
        crumple_tag_push("pushed", "%d-%d-%d", i, i, i);
        crumple_event("%d-%d-%d", i, i, i);
        crumple_tag_pop("pushed");
        if (i == faults_at)
            fault();
        if (must_rest && !faults_at && i % 64 == 0)
            usleep(50000);
    }
    return NULL;
}

static void many(int threads)
{
    pthread_attr_t small;
    int *numbers =
        (int *)calloc((size_t)threads, sizeof *numbers); /* the first one faults, and is made last */
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    must_rest = threads > 100;
    for (int i = threads - 1; i >= 0; i--) {
        pthread_t thread;
        numbers[i] = i;
        pthread_create(&thread, &small, tag_without_end, &numbers[i]);
    }
    pause();
}

static void on_alarm(int sig)
{
    static int count;
    (void)sig;
    count++;
    crumple_tag("both", "%d-%d-%d", count, count, count);
}

static void storm(void)
{
    struct itimerval often;
    signal(SIGALRM, on_alarm);
    memset(&often, 0, sizeof often);
    often.it_interval.tv_usec = often.it_value.tv_usec = 50;
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 5000000; i++)
        crumple_tag("both", "%d-%d-%d", i, i, i);
    fault();
}

static void fork_and_crash(void)
{
    crumple_tag("match_id", "%d", 42);
    if (fork() == 0) {
        crumple_tag("side", "%s", "child");
        fault();
    }
    wait(NULL);
}

static int plugin(const char *library)
{
    void *handle = dlopen(library, RTLD_NOW);
    void *found = handle ? dlsym(handle, "tagged_plugin") : NULL;
    int (*tag)(void);
    memcpy(&tag, &found, sizeof tag);
    if (!found || tag() != 0)
        return 3;
    fault();
    return 0;
}

#ifdef PLUGIN
#ifdef __cplusplus
extern "C"
#endif
    int
    tagged_plugin(void);
int tagged_plugin(void)
{
    return crumple_tag("plugin", "%s", "yes");
}
#endif

static int print_nulls(void)
{
    const char *volatile null = NULL;
    const char *volatile text = "a";
    const int tags = crumple_tag(null, "%d", 1) + crumple_tag(text, null, 1) +
                     crumple_tag_push(null, "%d", 1) + crumple_tag_pop(null) + crumple_untag(null);
    const int others =
        crumple_process_tag(null, "%d", 1) + crumple_process_untag(null) + crumple_event(null, 1);
    printf("%d %d %d\n", tags, others, crumple_tag(text, "%s", null));
    return 0;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "none";
    if (strcmp(way, "crash") == 0)
        crash();
    if (strcmp(way, "many") == 0)
        many(argc > 2 ? atoi(argv[2]) : 10);
    if (strcmp(way, "deep") == 0)
        deep();
    if (strcmp(way, "storm") == 0)
        storm();
    if (strcmp(way, "fork") == 0)
        fork_and_crash();
    if (strcmp(way, "plugin") == 0)
        return argc > 2 ? plugin(argv[2]) : 2;
    if (strcmp(way, "nulls") == 0)
        return print_nulls();
    errno = 77;
    const int tag = crumple_tag("a", "%d", 1), bad = crumple_tag("a b", "%d", 1);
    const int event = crumple_event("%s", "x"), pop = crumple_tag_pop("a"), untag = crumple_untag("a");
    const int process = crumple_process_tag("p", "%d", 1), unprocess = crumple_process_untag("p");
    if (strcmp(way, "dump") == 0) {
        crumple_tag("match_id", "%d", 42);
        return crumple_dump("tagged");
    }
    printf("%d %d %d %d %d %d %d %d\n", tag, bad, event, pop, untag, process, unprocess, errno);
    return 0;
}
