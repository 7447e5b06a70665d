/* SPDX-License-Identifier: MIT */
/*
 * drill_server PORT [plain]: a server for the drill. A thread for each connection; lines 'add N' and 'check';
 * two sums that must be equal, under one mutex. plain: no threads, one connection at a time.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long sum, negative;

__attribute__((noinline)) static void add(long n)
{
    pthread_mutex_lock(&lock);
    sum += n;
    negative -= n;
    pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) static void answer(char *line, char *reply, size_t size)
{
    char *word = strtok_r(line, " \n", &(char *){NULL});

    if (word && strcmp(word, "add") == 0) {
        add(strtol(line + 4, NULL, 10));
        snprintf(reply, size, "ok\n");
    } else if (word && strcmp(word, "check") == 0) {
        pthread_mutex_lock(&lock);
        snprintf(reply, size, sum + negative == 0 ? "good\n" : "bad\n");
        pthread_mutex_unlock(&lock);
    } else {
        snprintf(reply, size, "what\n");
    }
}

static void *serve(void *given)
{
    int fd = (int)(long)given;
    char line[128], reply[32];
    ssize_t n;

    while ((n = recv(fd, line, sizeof(line) - 1, 0)) > 0) {
        line[n] = '\0';
        answer(line, reply, sizeof(reply));
        if (send(fd, reply, strlen(reply), MSG_NOSIGNAL) < 0)
            break;
    }
    close(fd);
    return NULL;
}

static void start_thread(int fd)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
        pthread_detach(thread);
    else
        close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;

    address.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 0));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 64) < 0) {
        perror("drill_server");
        return 1;
    }
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        if (argc > 2 && strcmp(argv[2], "plain") == 0)
            serve((void *)(long)fd);
        else
            start_thread(fd);
    }
    return 0;
}
