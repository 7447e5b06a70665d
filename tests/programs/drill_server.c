/* SPDX-License-Identifier: MIT */
/*
 * drill_server PORT [MODE]: a server for the drill. A thread for each connection; lines 'add N' and 'check';
 * two sums that must be equal, under one mutex. Modes:
 *   plain    no threads, one connection at a time
 *   counted  counts its connections, and on SIGTERM waits until there are none: then it exits with status 3
 *   hasty    the same, but waits 300 ms at most, and exits with the number of those left
 *   slots    counts its connections, and closes what is more than SLOTS
 *   udp      a thread for each datagram
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long sum, negative;
static atomic_int connections;
static volatile sig_atomic_t is_ending;

#define SLOTS 12

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
    connections--;
    return NULL;
}

struct datagram {
    int fd;
    struct sockaddr_in from;
    char line[128];
};

static void *serve_datagram(void *given)
{
    struct datagram *datagram = given;
    char reply[32];

    answer(datagram->line, reply, sizeof(reply));
    sendto(datagram->fd, reply, strlen(reply), 0, (struct sockaddr *)&datagram->from, sizeof(datagram->from));
    free(datagram);
    return NULL;
}

static void receive(int fd)
{
    struct datagram *datagram = calloc(1, sizeof(*datagram));
    socklen_t size = sizeof(datagram->from);
    pthread_t thread;

    datagram->fd = fd;
    if (recvfrom(fd, datagram->line, sizeof(datagram->line) - 1, 0, (struct sockaddr *)&datagram->from,
                 &size) > 0 &&
        pthread_create(&thread, NULL, serve_datagram, datagram) == 0)
        pthread_detach(thread);
}

static void note(int signo)
{
    (void)signo;
    is_ending = 1;
}

static void start_thread(int fd)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
        pthread_detach(thread);
    else
        close(fd);
}

static void serve_all(int listener, const char *mode)
{
    int fd;

    while (!is_ending) {
        fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        connections++;
        if (strcmp(mode, "plain") == 0) {
            serve((void *)(long)fd);
        } else if (strcmp(mode, "slots") == 0 && connections > SLOTS) {
            connections--;
            close(fd);
        } else {
            start_thread(fd);
        }
    }
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[2] : "";
    bool is_udp = strcmp(mode, "udp") == 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0), on = 1;
    struct sigaction action = {.sa_handler = note};

    address.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 0));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        (!is_udp && listen(listener, 64) < 0)) {
        perror("drill_server");
        return 1;
    }
    while (is_udp)
        receive(listener);
    if (strcmp(mode, "counted") == 0 || strcmp(mode, "hasty") == 0)
        sigaction(SIGTERM, &action, NULL);
    serve_all(listener, mode);
    for (int i = 0; connections > 0 && (i < 30 || strcmp(mode, "hasty") != 0); i++)
        usleep(10000);
    return strcmp(mode, "hasty") == 0 ? connections : 3;
}
