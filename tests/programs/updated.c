/* SPDX-License-Identifier: MIT */
/* A server that is updated while it runs: updated [fault]. It says 'ready', waits for a line, makes a thread,
 * and ends well or faults. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *thread(void *unused)
{
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t made;
    char byte;
    (void)argv;
    puts("ready");
    fflush(stdout);
    if (read(0, &byte, 1) != 1 || pthread_create(&made, NULL, thread, NULL) != 0)
        return 70;
    pthread_join(made, NULL);
    if (argc > 1)
        *(volatile int *)8 = 1;
    puts("healthy end");
    return 0;
}
