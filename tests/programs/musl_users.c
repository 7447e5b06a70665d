/* SPDX-License-Identifier: MIT */
/* musl_users setuid|setgid|setgroups [ROUNDS]: with other threads, calls this one; then waits for its end. */
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static _Atomic int is_changed;

/* libc itself interrupts the calls of other threads while one changes the user. */
static void *waits(void *unused)
{
    struct epoll_event event;
    int epoll = epoll_create1(0);
    while (epoll_wait(epoll, &event, 1, -1) >= 0 || !is_changed)
        ;
    perror("epoll_wait");
    exit(3);
    return unused;
}

static int change(const char *call)
{
    const gid_t group = getgid();
    return strcmp(call, "setuid") == 0   ? setuid(getuid())
           : strcmp(call, "setgid") == 0 ? setgid(getgid())
                                         : setgroups(1, &group);
}

static void *changes(void *rounds)
{
    for (int i = *(int *)rounds; i > 0; i--)
        if (change(i % 2 ? "setuid" : "setgid") < 0)
            exit(4);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread[3];
    int rounds = argc > 2 ? atoi(argv[2]) : 0;
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, i == 2 ? changes : waits, &rounds);
    for (int i = 0; i < rounds; i++) {
        pthread_t other;
        if (pthread_create(&other, NULL, changes, &(int){1}) != 0)
            exit(5);
        pthread_join(other, NULL);
    }
    pthread_join(thread[2], NULL);
    if (argc < 2 || change(argv[1]) < 0)
        exit(6);
    usleep(50000);
    is_changed = 1;
    printf("changed\n");
    fflush(stdout);
    waits(NULL);
}
