/* SPDX-License-Identifier: MIT */
/* Start routines that wake another thread, or do not; built stripped, with stubs and without, by test_wakers.c. */
#include <pthread.h>

#define EXPORTED __attribute__((visibility("default")))
#define APART    static __attribute__((noinline))

typedef void *routine(void *);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int count;

EXPORTED routine *routine_of(int which);

/* As rrdcached's: only the last one wakes. */
static void *counts_itself_out(void *argument)
{
    pthread_mutex_lock(&lock);
    if (--count == 0)
        pthread_cond_broadcast(&done);
    pthread_mutex_unlock(&lock);
    return argument;
}

APART void leave(void)
{
    pthread_mutex_lock(&lock);
    if (--count == 0)
        pthread_cond_signal(&done);
    pthread_mutex_unlock(&lock);
}

static void *leaves(void *argument)
{
    leave();
    __asm__ volatile("" ::: "memory");
    return argument;
}

APART void log_line(void)
{
    leave();
    __asm__ volatile("# a logger" ::: "memory");
}

APART void serve(void)
{
    log_line();
    __asm__ volatile("# a server" ::: "memory");
}

static void *logs(void *argument)
{
    serve();
    __asm__ volatile("" ::: "memory");
    return argument;
}

/* Behind the code of all others: where the object's code ends. */
__attribute__((section("zlast"))) static void *leaves_late(void *argument)
{
    __asm__ volatile(".fill 70, 1, 0x90");
    leave();
    __asm__ volatile("" ::: "memory");
    return argument;
}

static void *waits(void *argument)
{
    pthread_mutex_lock(&lock);
    while (count)
        pthread_cond_wait(&done, &lock);
    pthread_mutex_unlock(&lock);
    return argument;
}

routine *routine_of(int which)
{
    static routine *const all[] = {counts_itself_out, leaves, logs, leaves_late, waits};
    return all[which];
}
