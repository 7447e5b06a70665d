/* SPDX-License-Identifier: MIT */
/*
 * Code of the application that runs with a lock of ld.so held, and waits for a thread: a library's
 * constructor and destructor, and a callback of dl_iterate_phdr. loadwait WHERE WHO LIBRARY [fault|hold]:
 * then a thread faults.
 */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "facts.h"

extern void loadwait_at_load(void);
extern void loadwait_at_unload(void);
void *victim_main(void *argument);
void *holder_main(void *library);

static sem_t go, done;
static const char *where, *who;

static void *leaf(void *unused)
{
    return unused;
}

static void make_thread(void)
{
    pthread_t made;
    if (pthread_create(&made, NULL, leaf, NULL) == 0)
        pthread_join(made, NULL);
}

/* What the thread that is waited for does. */
static void work(void)
{
    pid_t child;
    if (strcmp(who, "lookup") == 0) {
        dlsym(RTLD_DEFAULT, "malloc");
    } else if (strcmp(who, "forks") == 0) {
        child = fork();
        if (child == 0) {
            make_thread();
            _exit(0);
        }
        waitpid(child, NULL, 0);
    } else {
        make_thread();
    }
    sem_post(&done);
}

static void *worker(void *unused)
{
    sem_wait(&go);
    work();
    return unused;
}

static int worker_c11(void *unused)
{
    (void)unused;
    sem_wait(&go);
    work();
    return 0;
}

static void on_timer(union sigval unused)
{
    (void)unused;
    sem_wait(&go);
    work();
}

static void start_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &soon, NULL) != 0)
        exit(70);
}

static void start_worker(void)
{
    pthread_t thread;
    thrd_t c11;
    if (strcmp(who, "c11") == 0)
        thrd_create(&c11, worker_c11, NULL);
    else if (strcmp(who, "timer") == 0)
        start_timer();
    else
        pthread_create(&thread, NULL, worker, NULL);
}

/* With the lock held. */
static void ask(const char *place)
{
    static int asked;
    if (strcmp(place, where) != 0 || asked++)
        return;
    sem_post(&go);
    sem_wait(&done);
}

void loadwait_at_load(void)
{
    ask("load");
}

void loadwait_at_unload(void)
{
    ask("unload");
}

static int callback(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    ask("callback");
    return 1;
}

static int fault(void)
{
    volatile int *nowhere = NULL;
    return *nowhere;
}

void *victim_main(void *argument)
{
    fault();
    return argument;
}

/* Faults with a lock held that only the library takes. */
void *holder_main(void *library)
{
    int (*locked)(int (*)(void)) = NULL;
    *(void **)&locked = dlsym(library, "loadwait_lib_locked");
    if (locked)
        locked(fault);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    void *library;
    if (argc < 4)
        return 2;
    where = argv[1];
    who = argv[2];
    start_worker();
    if (strcmp(where, "callback") == 0)
        dl_iterate_phdr(callback, NULL);
    library = dlopen(argv[3], RTLD_NOW);
    if (library && strcmp(where, "unload") == 0) {
        dlclose(library);
        library = dlopen(argv[3], RTLD_NOW);
    }
    fact("loaded", "%d", library != NULL);
    if (argc > 4) {
        pthread_create(&thread, NULL, strcmp(argv[4], "hold") == 0 ? holder_main : victim_main, library);
        pthread_join(thread, NULL);
    }
    fact("survived", "1");
    return 0;
}
