/* SPDX-License-Identifier: MIT */
/* talker STATUS: two threads that write lines for a second and more, one of them much; then an end with the status. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *write_much(void *unused)
{
    static char line[4096];
    (void)unused;
    for (int i = 0; i < 4095; i++)
        line[i] = 'x';
    line[4095] = '\n';
    for (int i = 0; i < 1000; i++) {
        (void)!write(STDERR_FILENO, line, sizeof line);
        usleep(1000);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pthread_create(&thread, NULL, write_much, NULL) != 0)
        return 1;
    for (int i = 1; i <= 6; i++) {
        usleep(200000);
        printf("line %d\n", i);
    }
    pthread_join(thread, NULL);
    return argc > 1 ? atoi(argv[1]) : 0;
}
