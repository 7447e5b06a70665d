/* SPDX-License-Identifier: MIT */
/* Options, the listening socket, and the loop that accepts. SIGTERM and SIGINT end the server with status 0.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"

static volatile sig_atomic_t asked_to_stop;

static void stop(int signo)
{
    (void)signo;
    asked_to_stop = 1;
}

static void usage(FILE *to)
{
    fprintf(to, "arena [-b ADDRESS] [-p PORT] [-m MATCHES]\n"
                "  -b  the address to listen on (127.0.0.1)\n"
                "  -p  the port; 0 takes a free one, which is printed (7777)\n"
                "  -m  the number of matches, 1 to 64 (8)\n");
}

static int listen_on(const char *address, int port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof here;
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || inet_pton(AF_INET, address, &here.sin_addr) != 1 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&here, &size) != 0) {
        fprintf(stderr, "arena: cannot listen on %s:%d: %s\n", address, port, strerror(errno));
        exit(1);
    }
    printf("arena: listening on %s:%d\n", address, ntohs(here.sin_port));
    fflush(stdout);
    return listener;
}

/* Serves until a signal arrives. It can arrive only within ppoll, so that none is missed. */
static void serve_until_stopped(int listener)
{
    sigset_t blocked, open;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    pthread_sigmask(SIG_BLOCK, &blocked, &open);
    while (!asked_to_stop) {
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        if (ppoll(&ready, 1, NULL, &open) <= 0)
            continue;
        int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket >= 0 && connection_start(socket) != 0)
            close(socket);
        if (socket < 0 && (errno == EMFILE || errno == ENFILE))
            usleep(10000); /* until somebody leaves */
    }
}

int main(int count, char **arguments)
{
    const char *address = "127.0.0.1";
    int port = 7777, matches = 8, option;
    while ((option = getopt(count, arguments, "b:p:m:h")) != -1) {
        switch (option) {
        case 'b':
            address = optarg;
            break;
        case 'p':
            port = atoi(optarg);
            break;
        case 'm':
            matches = atoi(optarg);
            break;
        default:
            usage(option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    if (optind != count || port < 0 || port > 65535 || matches < 1 || matches > WORLD_MATCHES) {
        usage(stderr);
        return 2;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    world_prepare(matches);
    int listener = listen_on(address, port);
    if (loops_start() != 0) {
        fprintf(stderr, "arena: cannot start a thread\n");
        return 1;
    }
    serve_until_stopped(listener);
    close(listener);
    loops_stop();
    return 0;
}
