/* SPDX-License-Identifier: MIT */
/* ends HOW STATUS [worker]: ends in this way, in main or in a thread. */
#include <assert.h>
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *how;
static int status;

static void handler(void)
{
    printf("handler\n");
}

static __attribute__((destructor)) void destructor(void)
{
    printf("destructor\n");
}

static __attribute__((noinline)) void *gives_up(void *unused)
{
    const int level = status;
    if (strcmp(how, "exit") == 0)
        exit(status);
    if (strcmp(how, "errx") == 0)
        errx(status, "no %s", "luck");
    if (strcmp(how, "err") == 0)
        err(status, "no luck");
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(status);
    if (strcmp(how, "_exit") == 0)
        _exit(status);
    if (strcmp(how, "assert") == 0)
        assert(level < 0);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc < 3)
        return 99;
    how = argv[1];
    status = atoi(argv[2]);
    atexit(handler);
    at_quick_exit(handler);
    printf("begun\n");
    if (strcmp(how, "return") == 0)
        return status;
    if (argc == 3) {
        gives_up(NULL);
    } else {
        pthread_create(&thread, NULL, gives_up, NULL);
        pthread_join(thread, NULL);
    }
    return 98;
}
