/* SPDX-License-Identifier: MIT */
/* The verbs of redirected.c that are about sockets: who owns which, and what a thread is seen doing. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redirected.h"

struct connection {
    int listener, client, server;
};

static struct connection connect_one(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;
    struct connection c;
    c.listener = socket(AF_INET, SOCK_STREAM, 0);
    c.client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(c.listener, (struct sockaddr *)&at, bytes) == 0 && listen(c.listener, 8) == 0);
    CHECK(getsockname(c.listener, (struct sockaddr *)&at, &bytes) == 0);
    CHECK(connect(c.client, (struct sockaddr *)&at, bytes) == 0);
    c.server = accept(c.listener, NULL, NULL);
    CHECK(c.server >= 0);
    return c;
}

static void in_thread(void *(*routine)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, routine, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* The thread of a connection reads, answers, and is the only one to own it. */
static void *serve(void *argument)
{
    const struct connection *c = argument;
    char byte, text[48];
    struct safe_peer peer;
    int fds[4];
    door->wrap();
    errno = 77;
    CHECK(recv(c->server, &byte, 1, MSG_DONTWAIT) == 1 && errno == 77);
    CHECK(write(c->server, "y", 1) == 1);
    CHECK(door->self()->inbound == 1 && door->self()->role == 0);
    CHECK(door->sockets_of(door->self(), fds, 4) == 1 && fds[0] == c->server);
    peer = door->peer(door->self());
    door->peer_text(&peer, text, sizeof text);
    CHECK(strcmp(text, "127.0.0.1") == 0);
    CHECK(door->shut(door->self()) == 1);
    return NULL;
}

void verb_ownership(void)
{
    struct connection c = connect_one();
    char two[2];
    CHECK(write(c.client, "x", 1) == 1);
    in_thread(serve, &c);
    CHECK(read(c.client, two, 2) == 1 && read(c.client, two, 2) == 0);
    CHECK(fcntl(c.server, F_GETFD) >= 0); /* shut, not closed */
}

static void *use_and_stay(void *argument)
{
    const struct connection *c = argument;
    int fds[4];
    door->wrap();
    CHECK(send(c->server, "1", 1, 0) == 1);
    CHECK(door->sockets_of(door->self(), fds, 4) == 1);
    return NULL;
}

static void *use_too(void *argument)
{
    const struct connection *c = argument;
    int fds[4];
    door->wrap();
    CHECK(send(c->server, "2", 1, 0) == 1);
    CHECK(door->self()->inbound == 1);
    CHECK(door->sockets_of(door->self(), fds, 4) == 0 && door->shut(door->self()) == 0);
    CHECK(door->peer(door->self()).family == 0);
    return NULL;
}

/* A second user makes it nobody's; so does one that is not wrapped. */
void verb_sharing(void)
{
    struct connection c = connect_one(), d = connect_one();
    int fds[4];
    in_thread(use_and_stay, &c);
    in_thread(use_too, &c);
    CHECK(send(d.server, "0", 1, 0) == 1);
    door->wrap();
    CHECK(send(d.server, "0", 1, 0) == 1);
    CHECK(door->sockets_of(door->self(), fds, 4) == 0);
}

/* A socket the thread made itself is its own, but no request. A listener and a datagram socket are not shut.
 */
static void *call_out(void *argument)
{
    struct connection c;
    int fds[4], datagrams = socket(AF_INET, SOCK_DGRAM, 0), pair[2];
    (void)argument;
    door->wrap();
    c = connect_one();
    CHECK(door->self()->role == SAFE_ROLE_ACCEPTS);
    CHECK(send(c.client, "x", 1, 0) == 1);
    CHECK(send(datagrams, "x", 1, 0) < 0);
    CHECK(send(c.listener, "x", 1, MSG_NOSIGNAL) < 0);
    CHECK(door->self()->inbound == 0);
    CHECK(door->sockets_of(door->self(), fds, 4) == 1 && fds[0] == c.client);
    CHECK(door->peer(door->self()).family == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && send(pair[0], "x", 1, 0) == 1);
    CHECK(door->sockets_of(door->self(), fds, 4) == 2);
    return NULL;
}

void verb_outbound(void)
{
    in_thread(call_out, NULL);
}

/* Numbers are used again: what was known of one ends with it. More of them than a record can list. */
static void *reuse(void *argument)
{
    struct connection c = connect_one();
    int fds[32], number = c.server, i;
    (void)argument;
    door->wrap();
    CHECK(send(c.server, "x", 1, 0) == 1 && door->sockets_of(door->self(), fds, 32) == 1);
    CHECK(close(c.server) == 0 && door->sockets_of(door->self(), fds, 32) == 0);
    CHECK(door->self()->fd_count == 0);
    CHECK(dup(c.client) == number);
    CHECK(door->sockets_of(door->self(), fds, 32) == 0);
    for (i = 0; i < 10; i++) {
        c = connect_one();
        CHECK(send(c.server, "x", 1, 0) == 1);
    }
    /* The ends that connected are its own as well. */
    CHECK(door->sockets_of(door->self(), fds, 32) == 20);
    CHECK(door->self()->inbound == 11);
    CHECK(door->sockets_of(door->self(), fds, 3) == 3);
    return NULL;
}

void verb_numbers(void)
{
    in_thread(reuse, NULL);
}

void verb_polling(void)
{
    struct connection c = connect_one();
    struct pollfd fds[3] = {{.fd = c.client}, {.fd = c.server}, {.fd = c.listener}};
    struct timeval now = {0, 0};
    struct epoll_event event;
    fd_set set;
    int e = epoll_create1(0), of[4];
    door->wrap();
    CHECK(poll(fds, 1, 0) == 0 && door->self()->polled == 1);
    FD_ZERO(&set);
    FD_SET(c.client, &set);
    FD_SET(c.server, &set);
    CHECK(select(FD_SETSIZE, &set, NULL, NULL, &now) == 0 && door->self()->polled == 2);
    CHECK(ppoll(fds, 3, &(struct timespec){0, 0}, NULL) == 0 && door->self()->polled == 3);
    CHECK(door->self()->role == 0 && door->sockets_of(door->self(), of, 4) == 0);
    CHECK(epoll_wait(e, &event, 1, 0) == 0 && door->self()->role == SAFE_ROLE_EPOLLS);
    event.events = EPOLLIN;
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, c.server, &event) == 0);
    CHECK(door->sockets_of(door->self(), of, 4) == 1);
}

/* A worker is fed by a pipe before it ever sees a connection; the thread of a connection may read one later.
 */
static void *work(void *argument)
{
    int *pipe_end = argument;
    char byte;
    door->wrap();
    CHECK(read(*pipe_end, &byte, 1) == 1);
    CHECK(door->self()->role == SAFE_ROLE_FED);
    return NULL;
}

void verb_feeding(void)
{
    struct connection c = connect_one();
    int ends[2], file = open("/dev/zero", O_RDONLY);
    char byte;
    CHECK(pipe(ends) == 0 && write(ends[1], "abcd", 4) == 4);
    in_thread(work, &ends[0]);
    in_thread(work, &ends[0]);
    door->wrap();
    CHECK(read(file, &byte, 1) == 1 && write(ends[1], "x", 1) == 1 && door->self()->role == 0);
    CHECK(send(c.server, "x", 1, 0) == 1);
    CHECK(read(ends[0], &byte, 1) == 1 && door->self()->role == 0);
}

/* Bad descriptors and errors are the caller's business. */
void verb_nothing(void)
{
    char byte;
    door->wrap();
    errno = 0;
    CHECK(read(-1, &byte, 1) < 0 && errno == EBADF);
    CHECK(close(-1) < 0 && errno == EBADF);
    CHECK(recv(1 << 20, &byte, 1, 0) < 0 && errno == EBADF);
    CHECK(accept(-1, NULL, NULL) < 0 && errno == EBADF);
    CHECK(dup2(-1, 3) < 0 && errno == EBADF);
    CHECK(dprintf(1 << 20, "%s %d", "x", 3) < 0);
    CHECK(door->self()->fd_count == 0 && door->self()->inbound == 0);
}

void verb_duplicates(void)
{
    struct connection c = connect_one();
    int fds[4], copy;
    door->wrap();
    CHECK(send(c.server, "x", 1, 0) == 1 && door->sockets_of(door->self(), fds, 4) == 1);
    copy = fcntl(c.server, F_DUPFD_CLOEXEC, 20);
    CHECK(copy >= 20 && door->sockets_of(door->self(), fds, 4) == 0);
}

static int call(int listener)
{
    struct sockaddr_in at;
    socklen_t bytes = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(getsockname(listener, (struct sockaddr *)&at, &bytes) == 0);
    CHECK(connect(fd, (struct sockaddr *)&at, bytes) == 0);
    return fd;
}

/* A peer whose breaker is open: its connections end at once, and the server sees what it would see without.
 */
void verb_refusal(void)
{
    struct connection c = connect_one();
    struct pollfd ready = {.fd = c.listener, .events = POLLIN};
    struct sockaddr_in peer;
    socklen_t bytes = sizeof peer;
    int i, first, second;
    char byte;
    for (i = 0; i < 20; i++)
        door->fail_peer(c.server);
    first = call(c.listener);
    second = call(c.listener);
    CHECK(fcntl(c.listener, F_SETFL, O_NONBLOCK) == 0);
    CHECK(accept(c.listener, (struct sockaddr *)&peer, &bytes) < 0 && errno == EAGAIN);
    CHECK(read(first, &byte, 1) == 0 && read(second, &byte, 1) == 0);
    CHECK(fcntl(c.listener, F_SETFL, 0) == 0);
    call(c.listener);
    CHECK(poll(&ready, 1, 1000) == 1);
    CHECK(accept4(c.listener, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == ECONNABORTED);
}
