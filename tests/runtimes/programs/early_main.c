/* SPDX-License-Identifier: MIT */
/* The plainest program: with an argument it writes through NULL, in a thread. */
#include <pthread.h>
#include <stdio.h>

__attribute__((noinline, noipa)) static void *write_through(void *nowhere)
{
    *(volatile int *)nowhere = 1;
    return nowhere;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    (void)argv;
    puts("main");
    fflush(stdout);
    if (argc > 1 && pthread_create(&thread, NULL, write_through, NULL) == 0)
        pthread_join(thread, NULL);
    return 2;
}
