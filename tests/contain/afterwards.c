/* SPDX-License-Identifier: MIT */
/* What goes wrong after a fault was contained: in the last destructors of the thread.
 *
 *   afterwards hang|lock|fault|clean     afterwards killed: the process that looks after it is killed */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"

static pthread_key_t key;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *what;
static volatile int deep = 1;

static void last(void *value)
{
    while (strcmp(what, "hang") == 0)
        pause();
    if (strcmp(what, "lock") == 0)
        pthread_mutex_lock(&mutex);
    if (strcmp(what, "fault") == 0)
        *(volatile int *)value = 1;
}

static __attribute__((noinline)) void write_null(int *at)
{
    if (deep)
        *(volatile int *)at = 1;
}

static void *victim_main(void *argument)
{
    pthread_setspecific(key, (void *)7);
    write_null(NULL);
    return argument;
}

static void make_victim(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, victim_main, NULL) == 0)
        pthread_detach(thread);
}

/* Our children: the keeper, which sends no SIGCHLD. */
static int kill_children(void)
{
    char path[64];
    int pid, killed = 0;
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    for (int tid = getpid(); tid < getpid() + 8; tid++) {
        snprintf(path, sizeof path, "/proc/self/task/%d/children", tid);
        file = fopen(path, "r");
        while (file && fscanf(file, "%d", &pid) == 1)
            killed += kill(pid, SIGKILL) == 0;
        if (file)
            fclose(file);
    }
    return killed;
}

int main(int argc, char **argv)
{
    what = argc > 1 ? argv[1] : "clean";
    pthread_key_create(&key, last);
    make_victim();
    if (strcmp(what, "killed") == 0) {
        usleep(300000);
        fact("killed", "%d", kill_children());
        make_victim();
    }
    sleep(4);
    fact("survived", "1");
    return 0;
}
