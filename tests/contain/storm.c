/* SPDX-License-Identifier: MIT */
/*
 * Many faults, and faults beside what other threads do to the process.
 *
 *   storm together COUNT         so many threads fault in the same instant
 *   storm unmapped               two faults, one after the other, of threads whose memory is unmapped when they end
 *   storm beside WHAT COUNT      COUNT faults, one after the other, beside a thread that does
 *                                dlopen | fork | create | signals, again and again
 *   storm exit COUNT             the same beside nothing, and main calls exit while they go on
 *   storm loaded COUNT           COUNT faults, a library is loaded before each
 *   storm child                  a thread faults in a child process, then one in the parent
 *   storm after                  a thread faults in the parent, then one in a child of it
 *   storm grandchild             children of children, each with a fault
 */
#include "facts.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int *volatile nowhere;
static atomic_int waiting;
static int group;

void *victim_main(void *unused)
{
    pthread_setname_np(pthread_self(), "victim");
    if (group > 0) {
        waiting++;
        while (waiting < group)
            ;
    }
    *nowhere = 1;
    return unused;
}

static bool ended_by_crumple(pthread_t thread)
{
    void *value = NULL;
    struct timespec deadline = deadline_in(10000);
    return pthread_timedjoin_np(thread, &value, &deadline) == 0 && value == PTHREAD_CANCELED;
}

static pthread_t start(void *(*routine)(void *), void *argument)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, routine, argument);
    if (errno != 0)
        give_up("pthread_create");
    return thread;
}

static int one_after_the_other(int count)
{
    int ended = 0;
    for (int i = 0; i < count; i++)
        ended += ended_by_crumple(start(victim_main, NULL));
    return ended;
}

/* Another stack: the verdict on the first is remembered. */
void *victim_other(void *unused)
{
    nowhere[1] = 1;
    return unused;
}

/* Too large for glibc's cache of stacks (40 MiB): the stack and the thread's own memory go at once. */
static int unmapped(void)
{
    void *(*const routines[])(void *) = {victim_main, victim_other};
    pthread_attr_t attr;
    int ended = 0;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, (size_t)64 << 20);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        errno = pthread_create(&thread, &attr, routines[i], NULL);
        if (errno != 0)
            give_up("pthread_create");
        ended += ended_by_crumple(thread);
        /* In its place, so that the next one comes elsewhere. */
        if (mmap(NULL, (size_t)64 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
            give_up("mmap");
    }
    pthread_attr_destroy(&attr);
    return ended;
}

static int together(int count)
{
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    int ended = 0;
    group = count;
    for (int i = 0; i < count; i++)
        threads[i] = start(victim_main, NULL);
    for (int i = 0; i < count; i++)
        ended += ended_by_crumple(threads[i]);
    free(threads);
    return ended;
}

static atomic_bool enough;
static atomic_uint turns;

static void *do_dlopen(void *unused)
{
    while (!enough) {
        void *library = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);
        if (library != NULL)
            dlclose(library);
        turns++;
    }
    return unused;
}

static void *do_fork(void *unused)
{
    while (!enough) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
        turns++;
    }
    return unused;
}

static void *do_nothing(void *unused)
{
    return unused;
}

static void *do_create(void *unused)
{
    while (!enough) {
        pthread_join(start(do_nothing, NULL), NULL);
        turns++;
    }
    return unused;
}

static void on_signal(int number)
{
    (void)number;
    turns++;
}

static void *do_signals(void *unused)
{
    while (!enough) {
        kill(getpid(), SIGUSR1);
        sleep_ms(0);
    }
    return unused;
}

static int beside(const char *what, int count)
{
    signal(SIGUSR1, on_signal);
    pthread_t other = start(strcmp(what, "dlopen") == 0   ? do_dlopen
                            : strcmp(what, "fork") == 0   ? do_fork
                            : strcmp(what, "create") == 0 ? do_create
                                                          : do_signals,
                            NULL);
    while (turns < 3)
        sleep_ms(1);
    int ended = one_after_the_other(count);
    enough = true;
    pthread_join(other, NULL);
    return ended;
}

static int after_loading(int count)
{
    static const char *const libraries[] = {"libresolv.so.2", "libm.so.6", "librt.so.1", "libanl.so.1"};
    int ended = 0;
    for (int i = 0; i < count; i++) {
        void *library = dlopen(libraries[i % 4], RTLD_NOW | RTLD_LOCAL);
        ended += one_after_the_other(1);
        if (i % 2 == 0 && library != NULL)
            dlclose(library);
    }
    return ended;
}

static void *keep_faulting(void *count)
{
    atomic_int *ended = count;
    for (;;)
        *ended += one_after_the_other(1);
    return NULL;
}

static _Noreturn void exit_beside_faults(int count)
{
    static atomic_int ended;
    start(keep_faulting, &ended);
    while (ended < count)
        sleep_ms(1);
    fact("ended", "%d", ended);
    fact("survived", "1");
    exit(0);
}

/* A child with a fault of its own, and depth generations below it. Tells how many were contained. */
static int in_child(int depth)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int ended = one_after_the_other(2);
        if (depth > 1)
            ended += in_child(depth - 1);
        _exit(ended);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -100;
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    size_t before = count_tasks();
    int ended;
    if (strcmp(verb, "together") == 0 && argc == 3)
        ended = together(atoi(argv[2]));
    else if (strcmp(verb, "unmapped") == 0)
        ended = unmapped();
    else if (strcmp(verb, "beside") == 0 && argc == 4)
        ended = beside(argv[2], atoi(argv[3]));
    else if (strcmp(verb, "exit") == 0 && argc == 3)
        exit_beside_faults(atoi(argv[2]));
    else if (strcmp(verb, "loaded") == 0 && argc == 3)
        ended = after_loading(atoi(argv[2]));
    else if (strcmp(verb, "child") == 0)
        ended = in_child(1) + one_after_the_other(1);
    else if (strcmp(verb, "after") == 0)
        ended = one_after_the_other(1) + in_child(1);
    else if (strcmp(verb, "grandchild") == 0)
        ended = in_child(3);
    else
        return 2;
    fact("ended", "%d", ended);
    fact("tasks", "%s", tasks_are_back(before) ? "back" : "left");
    fact("child", "%s", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? "none" : "some");
    fact("survived", "1");
    return 0;
}
