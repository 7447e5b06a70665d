/* SPDX-License-Identifier: MIT */
/* Ends on purpose: exit and its relatives, from where and by whom (rows 18 and 19). */
#include "victim.h"

#include <dlfcn.h>
#include <err.h>
#if __has_include(<error.h>)
#include <error.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int number(char **arguments)
{
    return (int)strtol(arguments[0], NULL, 10);
}

static NOINLINE void gives_up(int status)
{
    exit(status);
}

/* Each of the following takes the status. */
static void by_exit(char **arguments)
{
    announce();
    gives_up(number(arguments));
}

static void by_underscore_exit(char **arguments)
{
    announce();
    _exit(number(arguments));
}

static void by_c99_exit(char **arguments)
{
    announce();
    _Exit(number(arguments));
}

static void by_quick_exit(char **arguments)
{
    announce();
    quick_exit(number(arguments));
}

static void by_system_call(char **arguments)
{
    announce();
    syscall(SYS_exit_group, number(arguments));
}

static void by_err(char **arguments)
{
    announce();
    errx(number(arguments), "cannot go on");
}

static void by_error(char **arguments)
{
    announce();
    error(number(arguments), 0, "cannot go on");
}

/* exit-in-library STATUS LIBRARY */
static void by_library(char **arguments)
{
    void (*leave)(int);
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (library == NULL)
        give_up(dlerror());
    *(void **)&leave = dlsym(library, "leave_now");
    announce();
    leave(number(arguments));
}

static int status_of_handler;

static void exits_again(void)
{
    exit(status_of_handler);
}

/* exit-in-atexit STATUS: exit(0) is called, and a handler of it calls exit(STATUS). */
static void by_atexit(char **arguments)
{
    status_of_handler = number(arguments);
    atexit(exits_again);
    announce();
    gives_up(0);
}

/* crash-in-atexit STATUS: what was to be an exit is a crash. */
static void crash_in_atexit(char **arguments)
{
    atexit(write_through_null);
    announce();
    gives_up(number(arguments));
}

static void say_and_flush(void)
{
    static const char text[] = "atexit=ran\n";
    if (write(STDOUT_FILENO, text, sizeof text - 1) < 0)
        _exit(70);
}

/* exit-flushes STATUS: handlers run, buffers are written, whatever is reported. */
static void exit_flushes(char **arguments)
{
    atexit(say_and_flush);
    announce();
    printf("buffered=written\n");
    gives_up(number(arguments));
}

static void vfork_child(char **arguments)
{
    volatile int status = number(arguments);
    int result;
    announce();
    pid_t child = vfork();
    if (child == 0)
        _exit(status);
    if (child < 0 || waitpid(child, &result, 0) != child)
        give_up("vfork");
    fact("child_exit", "%d", WEXITSTATUS(result));
}

/* A child made past fork(), so that nobody has told crumple, and its vfork child. */
static void vfork_grandchild(char **arguments)
{
    int result;
    pid_t child = (pid_t)syscall(SYS_fork);
    if (child == 0) {
        vfork_child(arguments);
        announce();
        write_through_null(); /* must still be reported */
    }
    if (child < 0 || waitpid(child, &result, 0) != child)
        give_up("fork");
    fact("child_signal", "%d", WIFSIGNALED(result) ? WTERMSIG(result) : 0);
}

static void forked_child(char **arguments)
{
    int result;
    announce();
    pid_t child = fork();
    if (child == 0)
        gives_up(number(arguments));
    if (child < 0 || waitpid(child, &result, 0) != child)
        give_up("fork");
    fact("child_exit", "%d", WEXITSTATUS(result));
}

static void *exits_as_worker(void *status)
{
    announce();
    gives_up((int)(size_t)status);
    return NULL;
}

static void exit_in_new_thread(int status)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, exits_as_worker, (void *)(size_t)status) != 0)
        give_up("pthread_create");
    pthread_join(thread, NULL);
}

/* forked-worker STATUS: a thread of a child. */
static void forked_worker(char **arguments)
{
    int result;
    pid_t child = fork();
    if (child == 0)
        exit_in_new_thread(number(arguments));
    if (child < 0 || waitpid(child, &result, 0) != child)
        give_up("fork");
    fact("child_exit", "%d", WEXITSTATUS(result));
}

/* daemon STATUS: libc forks and ends the parent by itself; a thread of what remains exits. */
static void becomes_daemon(char **arguments)
{
    if (daemon(1, 1) != 0)
        give_up("daemon");
    exit_in_new_thread(number(arguments));
}

/* shells: children of libc's own making, one of which cannot be executed. */
static void shells(char **arguments)
{
    (void)arguments;
    announce();
    fact("system", "%d", WEXITSTATUS(system("exit 3")));
    FILE *pipe = popen("exit 4", "r");
    fact("popen", "%d", WEXITSTATUS(pclose(pipe)));
    fact("missing", "%d", WEXITSTATUS(system("exec /nowhere/at/all 2>/dev/null")));
}

/* The leader stays as a zombie: its state tells that it has gone. */
static void *returns_when_alone(void *unused)
{
    char state = 'R';
    while (state != 'Z') {
        FILE *stat = fopen("/proc/self/stat", "r");
        if (stat == NULL || fscanf(stat, "%*d %*s %c", &state) != 1)
            give_up("/proc/self/stat");
        fclose(stat);
    }
    return unused;
}

/* last-thread: main goes, then the last thread, and libc exits with status 0. */
static void last_thread(char **arguments)
{
    pthread_t thread;
    (void)arguments;
    announce();
    if (pthread_create(&thread, NULL, returns_when_alone, NULL) != 0)
        give_up("pthread_create");
    pthread_exit(NULL);
}

/* exit-crowd STATUS COUNT */
static void with_crowd(char **arguments)
{
    unsigned count = (unsigned)strtoul(arguments[1], NULL, 10);
    for (unsigned i = 0; i < count; i++)
        start_thread_of(park, NULL);
    await_arrivals(count);
    announce();
    gives_up(number(arguments));
}

/* Written to with libc's list of streams locked. */
static ssize_t write_slowly(void *unused, const char *bytes, size_t size)
{
    const struct timespec moment = {.tv_nsec = 300000000};
    (void)unused, (void)bytes;
    arrive();
    nanosleep(&moment, NULL);
    return (ssize_t)size;
}

static void *flush_all(void *unused)
{
    FILE *slow = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_slowly});
    fputs("text", slow);
    fflush(NULL);
    return unused;
}

static void with_stream_lock(char **arguments)
{
    start_thread_of(flush_all, NULL);
    await_arrivals(1);
    announce();
    gives_up(number(arguments));
}

static void *use_libc(void *unused)
{
    arrive();
    for (;;) {
        FILE *stream = fopen("/dev/null", "w");
        free(malloc(100000));
        if (stream != NULL)
            fclose(stream);
    }
    return unused;
}

/* exit-while-busy STATUS: others open streams and allocate all the time. */
static void while_busy(char **arguments)
{
    for (int i = 0; i < 4; i++)
        start_thread_of(use_libc, NULL);
    await_arrivals(4);
    announce();
    gives_up(number(arguments));
}

static ssize_t write_and_fault(void *unused, const char *bytes, size_t size)
{
    (void)unused, (void)bytes;
    write_through_null();
    return (ssize_t)size;
}

static void *sleep_long(void *unused)
{
    arrive();
    for (;;)
        sleep(1000); /* a call that is not restarted after a handler: signal(7) */
    return unused;
}

/* crash-in-cleanup STATUS: libc's last act, after all handlers, is to write what is buffered. */
static void crash_in_cleanup(char **arguments)
{
    start_thread_of(sleep_long, NULL);
    await_arrivals(1);
    fputs("text", fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_and_fault}));
    announce();
    gives_up(number(arguments));
}

static atomic_uint at_the_line;

static void await_others(unsigned count)
{
    atomic_fetch_add(&at_the_line, 1);
    while (atomic_load_explicit(&at_the_line, memory_order_relaxed) < count)
        ;
}

static void *crash_at_the_line(void *count)
{
    await_others((unsigned)(size_t)count);
    write_through_null();
    return NULL;
}

static void *exit_at_the_line(void *status)
{
    await_others(2);
    gives_up((int)(size_t)status);
    return NULL;
}

/* exit-against-crash STATUS: one thread exits, another one faults, in the same instant. */
static void against_crash(char **arguments)
{
    start_thread_of(crash_at_the_line, (void *)2);
    announce();
    exit_at_the_line((void *)(size_t)number(arguments));
}

/* exit-twice STATUS: two threads exit in the same instant. */
static void twice(char **arguments)
{
    start_thread_of(exit_at_the_line, (void *)(size_t)number(arguments));
    announce();
    exit_at_the_line((void *)(size_t)number(arguments));
}

const struct verb exit_verbs[] = {
    {"exits", IN_WORKER, by_exit},
    {"_exit", IN_WORKER, by_underscore_exit},
    {"_Exit", IN_WORKER, by_c99_exit},
    {"quick_exit", IN_WORKER, by_quick_exit},
    {"exit-group", IN_WORKER, by_system_call},
    {"exit-by-err", IN_WORKER, by_err},
    {"exit-by-error", IN_WORKER, by_error},
    {"exit-in-library", IN_WORKER, by_library},
    {"exit-in-atexit", IN_WORKER, by_atexit},
    {"crash-in-atexit", IN_WORKER, crash_in_atexit},
    {"crash-in-cleanup", IN_WORKER, crash_in_cleanup},
    {"exit-flushes", IN_WORKER, exit_flushes},
    {"exit-in-vfork", IN_WORKER, vfork_child},
    {"exit-in-vfork-of-fork", IN_MAIN, vfork_grandchild},
    {"exit-in-fork", IN_WORKER, forked_child},
    {"exit-in-forked-worker", IN_MAIN, forked_worker},
    {"exit-of-daemon", IN_MAIN, becomes_daemon},
    {"shells", IN_WORKER, shells},
    {"last-thread", IN_MAIN, last_thread},
    {"exit-crowd", IN_WORKER, with_crowd},
    {"exit-with-stream-lock", IN_WORKER, with_stream_lock},
    {"exit-while-busy", IN_WORKER, while_busy},
    {"exit-against-crash", IN_WORKER, against_crash},
    {"exit-twice", IN_WORKER, twice},
    {NULL, IN_MAIN, NULL},
};
