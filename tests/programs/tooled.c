/* SPDX-License-Identifier: MIT */
/*
 * What a tool watches: threads that wait, then an end by the word given. Built plainly and with the
 * sanitizers.
 *
 *   tooled ok|null|heap|serve
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int go;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;

static void *count(void *arg)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_mutex_lock(&lock);
    counter++;
    pthread_mutex_unlock(&lock);
    return arg;
}

__attribute__((noinline)) void break_here(void)
{
    go = 1;
    __asm__ volatile("");
}

__attribute__((noinline)) static void write_at(volatile int *p)
{
    *p = 1;
}

int main(int argc, char **argv)
{
    pthread_t thread[4];
    volatile char *p = malloc(8);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, count, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    break_here();
    printf("counted %d\n", counter);
    if (argc > 1 && strcmp(argv[1], "null") == 0)
        write_at(NULL);
    if (argc > 1 && strcmp(argv[1], "heap") == 0)
        p[go + 8] = 1;
    if (argc > 1 && strcmp(argv[1], "serve") == 0) {
        printf("pid %d\n", (int)getpid());
        sleep(30);
    }
    free((void *)p);
    return 7;
}
