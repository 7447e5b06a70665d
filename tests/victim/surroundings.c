/* SPDX-License-Identifier: MIT */
/* What the rest of the machine sees of a death: ports, environment, allocations (rows 55 and 76, gates). */
#include "victim.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(unsigned port, unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int listener = socket(AF_INET, SOCK_STREAM, 0); /* not close-on-exec: like most servers' */
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 16) != 0)
        return -1;
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return -1;
    *ret_port = ntohs(address.sin_port);
    return listener;
}

/* listener: faults while it owns a listening TCP port. */
static void listener(char **arguments)
{
    unsigned port;
    (void)arguments;
    if (listen_on(0, &port) < 0)
        give_up("listen");
    fact("port", "%u", port);
    announce();
    write_through_null();
}

/* bind PORT: no crime; exit status 0 if the port is free. */
static void bind_port(char **arguments)
{
    unsigned port;
    if (listen_on((unsigned)strtoul(arguments[0], NULL, 10), &port) < 0)
        give_up("bind");
    _exit(0);
}

/* without-malloc: tells the library tests/programs/libnomalloc.c that from now on nobody may allocate. */
static void without_malloc(char **arguments)
{
    (void)arguments;
    int *forbidden = dlsym(RTLD_DEFAULT, "nomalloc_forbidden");
    if (forbidden == NULL)
        give_up("nomalloc_forbidden");
    start_thread_of(park, NULL);
    await_arrivals(1);
    announce();
    *forbidden = 1;
    write_through_null();
}

/* exit STATUS: a healthy end. */
static void plain_exit(char **arguments)
{
    announce();
    exit(atoi(arguments[0]));
}

const struct verb surroundings_verbs[] = {
    {"listener", IN_WORKER, listener},
    {"bind", IN_MAIN, bind_port},
    {"without-malloc", IN_WORKER, without_malloc},
    {"exit", IN_MAIN, plain_exit},
    {NULL, IN_MAIN, NULL},
};
