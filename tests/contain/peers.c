/* SPDX-License-Identifier: MIT */
/*
 * A thread-per-connection server and its clients, two addresses of the loopback network: 127.0.0.1 is
 * innocent, 127.0.0.2 sends the message that faults.
 *
 *   peers ROUNDS [PAUSE_MS [QUIET_FROM [FRIENDS]]]   from round QUIET_FROM on, the second address behaves
 *       too; so many well-behaved connections from it are there from beginning to end ('friends': S for each that is
 *       served at the end)
 *
 * In each round both connect, greet ('G', answered by 'g') and go; the evil one sends 'B' first. The client
 * is a process of its own and tells: evil_served, evil_refused (no answer to the greeting), evil_eof (of
 * those served), innocent_served; 'tail' has a letter for each round of the second address.
 */
#include "facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int *volatile nowhere;

void *conn_main(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char byte;
    while (read(fd, &byte, 1) == 1) {
        if (byte == 'B')
            *nowhere = 1;
        if (write(fd, "g", 1) != 1)
            break;
    }
    close(fd);
    return NULL;
}

/* As servers have one: threads are there before the first connection comes. */
static void *keep_house(void *unused)
{
    for (;;)
        sleep_ms(1000);
    return unused;
}

static _Noreturn void serve(int listener)
{
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, conn_main, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
}

static int listen_on_loopback(struct sockaddr_in *ret_address)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        give_up("listen");
    *ret_address = address;
    return listener;
}

static int connect_from(const char *source, const struct sockaddr_in *server)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = 2};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, source, &own.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0 &&
        connect(fd, (const struct sockaddr *)server, sizeof *server) == 0)
        return fd;
    close(fd);
    return -1;
}

/* What answers one byte: the answer, 0 at end of file or reset, -1 when nothing comes in time. */
static int ask(int fd, char question)
{
    char answer;
    if (send(fd, &question, 1, MSG_NOSIGNAL) != 1)
        return 0;
    ssize_t got = recv(fd, &answer, 1, 0);
    return got == 1 ? answer : got == 0 || errno == ECONNRESET ? 0 : -1;
}

/* One connection: 'S' served, 'E' served and then end of file for 'B', 'R' refused, 'W' no answer in time. */
static char visit(const char *source, const struct sockaddr_in *server, bool evil)
{
    int fd = connect_from(source, server);
    if (fd < 0)
        return '-';
    int greeting = ask(fd, 'G');
    int end = greeting == 'g' && evil ? ask(fd, 'B') : 1;
    close(fd);
    if (greeting < 0 || end < 0)
        return 'W';
    return greeting == 0 ? 'R' : end == 0 ? 'E' : 'S';
}

enum { FRIENDS_MAX = 8 };

static void run_clients(const struct sockaddr_in *server, int rounds, long pause_ms, int quiet_from,
                        int friends)
{
    char second[500] = "", innocent[500] = "", friend[FRIENDS_MAX + 1] = "";
    int fds[FRIENDS_MAX];
    for (int i = 0; i < friends && i < FRIENDS_MAX; i++)
        if ((fds[i] = connect_from("127.0.0.2", server)) < 0 || ask(fds[i], 'G') != 'g')
            give_up("a friend");
    sleep_ms(friends ? 2500 : 0); /* younger ones may be more of the same attack */
    for (int i = 0; i < rounds && i < 499; i++) {
        second[i] = visit("127.0.0.2", server, i < quiet_from);
        innocent[i] = visit("127.0.0.1", server, false);
        sleep_ms(pause_ms);
    }
    fact("second", "%.190s", second);
    fact("innocent", "%.190s", innocent);
    for (int i = 0; i < friends && i < FRIENDS_MAX; i++)
        friend[i] = ask(fds[i], 'G') == 'g' ? 'S' : 'E';
    fact("friends", "%s", friend);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    if (argc < 2)
        return 2;
    int listener = listen_on_loopback(&address);
    pid_t server = getpid();
    pid_t client = fork();
    if (client == 0) {
        close(listener);
        run_clients(&address, atoi(argv[1]), argc > 2 ? atoi(argv[2]) : 0, argc > 3 ? atoi(argv[3]) : 1000000,
                    argc > 4 ? atoi(argv[4]) : 0);
        fact("survived", "%d", kill(server, 0) == 0 && getppid() == server);
        kill(server, SIGTERM);
        _exit(0);
    }
    pthread_t house;
    if (pthread_create(&house, NULL, keep_house, NULL) != 0)
        give_up("pthread_create");
    serve(listener);
}
