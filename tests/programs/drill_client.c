/* SPDX-License-Identifier: MIT */
/*
 * drill_client load PORT CLIENTS | check PORT: what goes with drill_server. The load goes on until SIGTERM. A
 * connection that ends is nothing to complain about; one without an answer for 2 s is, and so is a server
 * that takes no connection.
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
#include <unistd.h>

static volatile sig_atomic_t told_to_end;

static void note(int signo)
{
    (void)signo;
    told_to_end = 1;
}

static int dial(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 2};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

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

/* One message and its answer. 1: well, 0: the connection ended, -1: no answer, or a wrong one. */
static int demand(int fd, const char *line, const char *wanted)
{
    char reply[256];
    int answered = ask(fd, line, reply, sizeof(reply));

    return answered > 0 && strcmp(reply, wanted) != 0 ? -1 : answered;
}

static int talk(int fd, bool kv, int turn)
{
    char line[128], wanted[128];

    if (!kv)
        return demand(fd, "add 5\n", "ok\n");
    snprintf(line, sizeof(line), turn % 4 == 0 ? "SET k%d value-%d\n" : "GET k%d\n", (int)getpid(), turn);
    snprintf(wanted, sizeof(wanted), "VALUE value-%d\n", turn / 4 * 4);
    return demand(fd, line, turn % 4 == 0 ? "OK\n" : wanted);
}

static int client(int port, bool kv)
{
    int refused = 0;

    while (!told_to_end) {
        int fd = dial(port), answered = 1;

        if (fd < 0 && ++refused > 3)
            return 1;
        if (fd < 0)
            continue;
        refused = 0;
        for (int i = 0; i < 20 && answered > 0 && !told_to_end; i++) {
            answered = talk(fd, kv, i);
            usleep(500);
        }
        close(fd);
        if (answered < 0)
            return 1;
    }
    return 0;
}

static int load(int port, int clients, bool kv)
{
    struct sigaction action = {.sa_handler = note};
    int status, bad = 0;

    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < clients; i++)
        if (fork() == 0)
            _exit(client(port, kv));
    for (;;) {
        if (wait(&status) > 0)
            bad |= status != 0;
        else if (errno == ECHILD)
            break;
    }
    return bad;
}

static int check(int port, bool kv)
{
    int fd = dial(port);
    char reply[256];

    if (fd < 0 || ask(fd, kv ? "CHECK\n" : "check\n", reply, sizeof(reply)) <= 0)
        return 2;
    return strncmp(reply, kv ? "OK " : "good\n", kv ? 3 : 5) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool kv = argc > 3 && strcmp(argv[argc - 1], "kv") == 0;

    if (argc > 3 && strcmp(argv[1], "load") == 0)
        return load(atoi(argv[2]), atoi(argv[3]), kv);
    if (argc > 2 && strcmp(argv[1], "check") == 0)
        return check(atoi(argv[2]), kv);
    fprintf(stderr, "drill_client load PORT CLIENTS [kv] | check PORT [kv]\n");
    return 2;
}
