/* SPDX-License-Identifier: MIT */
/* One client: connects, asks, reads the beginning of the answer, closes, and begins anew. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <string.h>

#include "clients.h"

#define GIVE_UP_US 10000000

static void finish(struct client *client, bool is_answered)
{
    /* Without TIME-WAIT: otherwise a fast run uses up all ports. */
    struct linger linger = {.l_onoff = 1};

    if (client->fd >= 0) {
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        close(client->fd);
    }
    client->fd = -1;
    client->waits = false;
    client->may_begin = now_us() + think_us / 2 + random() % (think_us + 1); /* not all at once */
    if (is_answered)
        client->tries = 0;
}

static void count_slow(int64_t us)
{
    if (us > counts.slowest_us)
        counts.slowest_us = us;
}

/* The attempt ended without an answer. */
static void failed(struct client *client, int error)
{
    if (error == ECONNREFUSED || (error == ENOENT && !client->is_connected)) {
        counts.refused++;
        if (!counts.first_refused)
            counts.first_refused = now_us();
    } else if (error == ECONNRESET || error == EPIPE || error == 0) {
        if (death_has_gap_at(client->began))
            counts.reset_gap++;
        else
            counts.reset_before++;
    } else if (error == ETIMEDOUT) {
        counts.timeouts++;
        count_slow(GIVE_UP_US);
    } else {
        counts.errors++;
    }
    finish(client, false);
}

static void answered(struct client *client, const char *answer, ssize_t bytes)
{
    int64_t now = now_us();

    if (bytes < target.answer_bytes || memcmp(answer, target.answer, (size_t)target.answer_bytes) != 0) {
        counts.wrong++;
        finish(client, false);
        return;
    }
    counts.ok++;
    counts.last_ok = now;
    if (client->began > counts.last_begun_ok)
        counts.last_begun_ok = client->began;
    count_slow(now - client->began);
    death_answered(client->began, now);
    finish(client, true);
}

static void begin(struct client *clients, int number, int64_t now)
{
    struct client *client = &clients[number];
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = (uint32_t)number};
    struct sockaddr_in source = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(target.source + (uint32_t)number)};
    int on = 1;

    client->fd = socket(target.address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd >= 0 && target.source) {
        setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
        if (bind(client->fd, (struct sockaddr *)&source, sizeof(source)) != 0) {
            failed(client, EINVAL);
            return;
        }
    }
    if (!client->waits)
        client->began = now;
    client->waits = client->is_connected = false;
    if (connect(client->fd, &target.address.any, target.bytes) != 0 && errno != EINPROGRESS) {
        if (errno == EAGAIN) { /* AF_UNIX, and the queue is full: a connect that may wait would wait */
            close(client->fd);
            client->fd = -1;
            client->may_begin = now + 1000;
            client->waits = true;
            return;
        }
        failed(client, errno);
        return;
    }
    client->tries++;
    if ((unsigned long)client->tries > counts.most_tries)
        counts.most_tries = (unsigned long)client->tries;
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
}

void clients_tick(struct client *clients, int count, int64_t now)
{
    for (int i = 0; i < count; i++) {
        struct client *client = &clients[i];

        if ((client->fd >= 0 || client->waits) && now - client->began > GIVE_UP_US)
            failed(client, ETIMEDOUT);
        else if (client->fd < 0 && now >= client->may_begin)
            begin(clients, i, now);
    }
}

void client_step(struct client *clients, int number, uint32_t events)
{
    struct client *client = &clients[number];
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    char answer[256];
    socklen_t bytes = sizeof(int);
    ssize_t n;
    int error = 0;

    if (client->fd < 0)
        return;
    if (!client->is_connected) {
        getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
        if (error || send(client->fd, target.request, (size_t)target.request_bytes, MSG_NOSIGNAL) < 0) {
            failed(client, error ? error : errno);
            return;
        }
        client->is_connected = true;
        epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event);
    }
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    n = recv(client->fd, answer, sizeof(answer), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        failed(client, n < 0 ? errno : 0);
    else
        answered(client, answer, n);
}
