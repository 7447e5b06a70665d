/* SPDX-License-Identifier: MIT */
/*
 * drill_client load PORT CLIENTS | check PORT | capacity PORT: what goes with drill_server; a last argument 'kv' goes with
 * threaded_server, 'udp' with drill_server's mode. The load goes on until SIGTERM. A connection that ends is nothing to
 * complain about; one without an answer for 2 s is, and so is a server that takes no connection. Each client says
 * at its end what it saw. capacity prints how many of 40 connections are answered while all are open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_end;
static enum { LINES, KV, UDP } kind;
static unsigned long requests, refused, resets, wrong, hung, longest_ms;

static void note(int signo)
{
    (void)signo;
    told_to_end = 1;
}

static int dial(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 2};
    int fd = socket(AF_INET, kind == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);

    address.sin_port = htons((in_port_t)port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* 1: answered, 0: the connection ended, -1: no answer. */
static int ask(int fd, const char *line, char *reply, size_t size)
{
    ssize_t n;

    if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        return 0;
    do
        n = recv(fd, reply, size - 1, 0);
    while (n < 0 && errno == EINTR);
    reply[n > 0 ? n : 0] = '\0';
    return n > 0 ? 1 : n == 0 || errno == ECONNRESET ? 0 : -1;
}

static unsigned long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)now.tv_sec * 1000 + (unsigned long)now.tv_nsec / 1000000;
}

/* One message and its answer. 1: well, 0: the connection ended, -1: no answer, or a wrong one. A datagram may be lost with
 * the thread that had it. */
static int demand(int fd, const char *line, const char *wanted)
{
    char reply[256];
    unsigned long begin = now_ms();
    int answered = ask(fd, line, reply, sizeof(reply));
    unsigned long took = now_ms() - begin;
    bool is_wrong = answered > 0 && strcmp(reply, wanted) != 0;

    requests++;
    if (answered < 0 && kind == UDP)
        answered = 0;
    resets += answered == 0;
    hung += answered < 0;
    wrong += is_wrong;
    if (answered > 0 && took > longest_ms)
        longest_ms = took;
    return is_wrong ? -1 : answered;
}

static int talk(int fd, int turn)
{
    char line[128], wanted[128];

    if (kind != KV)
        return demand(fd, "add 5\n", "ok\n");
    snprintf(line, sizeof(line), turn % 4 == 0 ? "SET k%d value-%d\n" : "GET k%d\n", (int)getpid(), turn);
    snprintf(wanted, sizeof(wanted), "VALUE value-%d\n", turn / 4 * 4);
    return demand(fd, line, turn % 4 == 0 ? "OK\n" : wanted);
}

static int client(int port)
{
    int in_a_row = 0, answered = 1;

    while (!told_to_end && answered >= 0 && in_a_row <= 3) {
        int fd = dial(port);

        if (fd < 0 && told_to_end)
            break; /* the signal has interrupted connect(2): nobody refused it */
        in_a_row = fd < 0 ? in_a_row + 1 : 0;
        refused += fd < 0;
        if (fd < 0)
            continue;
        answered = 1;
        for (int i = 0; i < 20 && answered > 0 && !told_to_end; i++) {
            answered = talk(fd, i);
            usleep(500);
        }
        close(fd);
    }
    printf("drill: requests=%lu refused=%lu reset=%lu wrong=%lu hung=%lu longest_ms=%lu\n", requests, refused,
           resets, wrong, hung, longest_ms);
    fflush(stdout);
    return answered < 0 || in_a_row > 3;
}

static int load(int port, int clients)
{
    struct sigaction action = {.sa_handler = note};
    int status, bad = 0;

    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < clients; i++)
        if (fork() == 0)
            _exit(client(port));
    for (;;) {
        if (wait(&status) > 0)
            bad |= status != 0;
        else if (errno == ECHILD)
            break;
    }
    return bad;
}

static int check(int port)
{
    int fd = dial(port);
    char reply[256];

    if (fd < 0 || ask(fd, kind == KV ? "CHECK\n" : "check\n", reply, sizeof(reply)) <= 0)
        return 2;
    return strncmp(reply, kind == KV ? "OK " : "good\n", kind == KV ? 3 : 5) == 0 ? 0 : 1;
}

static int capacity(int port)
{
    int fds[40], count = 0;
    char reply[256];

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        fds[i] = dial(port);
        count += fds[i] >= 0 && ask(fds[i], "add 0\n", reply, sizeof(reply)) > 0;
    }
    printf("%d\n", count);
    return 0;
}

int main(int argc, char **argv)
{
    const char *last = argv[argc - 1];

    kind = strcmp(last, "kv") == 0 ? KV : strcmp(last, "udp") == 0 ? UDP : LINES;
    if (argc > 3 && strcmp(argv[1], "load") == 0)
        return load(atoi(argv[2]), atoi(argv[3]));
    if (argc > 2 && strcmp(argv[1], "check") == 0)
        return check(atoi(argv[2]));
    if (argc > 2 && strcmp(argv[1], "capacity") == 0)
        return capacity(atoi(argv[2]));
    fprintf(stderr, "drill_client load PORT CLIENTS [kv|udp] | check PORT [kv|udp] | capacity PORT\n");
    return 2;
}
