/* SPDX-License-Identifier: MIT */
/* A server of an image with musl. musl_server fault | wait | STATUS, or run PROGRAM ARGUMENT...: what env(1) does. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int *volatile nothing;

__attribute__((noinline)) static void handle_request(void)
{
    *nothing = 1;
}

static void *serve(void *does)
{
    if (strcmp(does, "fault") == 0)
        handle_request();
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    char *does = argc > 1 ? argv[1] : "0";
    pthread_t thread;
    if (strcmp(does, "run") == 0 && argc > 2) {
        execvp(argv[2], argv + 2);
        return 127;
    }
    if (strcmp(does, "fault") != 0 && strcmp(does, "wait") != 0)
        return atoi(does);
    if (pthread_create(&thread, NULL, serve, does) != 0)
        return 1;
    puts("ready");
    (void)fflush(stdout);
    for (;;)
        pause();
}
