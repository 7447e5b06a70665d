/* SPDX-License-Identifier: MIT */
/* A connection to the server, line by line, with a limit on every wait. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void sleep_until(int64_t when_ns)
{
    struct timespec when = {.tv_sec = when_ns / 1000000000, .tv_nsec = when_ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
        ;
}

enum link_result link_open(struct link *link, const struct options *options)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct sockaddr_in here = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = ANSWER_LIMIT_S};
    int on = 1;
    link->used = 0;
    link->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->socket < 0)
        return LINK_ERROR;
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(link->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(link->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    /* The port is chosen at connect, or else 28,000 connections would use them all up. */
    setsockopt(link->socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (inet_pton(AF_INET, options->address, &there.sin_addr) == 1 &&
        (options->source == NULL || (inet_pton(AF_INET, options->source, &here.sin_addr) == 1 &&
                                     bind(link->socket, (struct sockaddr *)&here, sizeof here) == 0)) &&
        connect(link->socket, (struct sockaddr *)&there, sizeof there) == 0)
        return LINK_OK;
    link_close(link);
    return LINK_ERROR;
}

void link_close(struct link *link)
{
    if (link->socket >= 0)
        close(link->socket);
    link->socket = -1;
}

enum link_result link_send(struct link *link, const char *line)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%s\n", line);
    ssize_t sent = send(link->socket, text, (size_t)length, MSG_NOSIGNAL);
    if (sent == length)
        return LINK_OK;
    return errno == EPIPE || errno == ECONNRESET ? LINK_EOF : LINK_ERROR;
}

enum link_result link_receive(struct link *link, char *ret_line, size_t size)
{
    for (;;) {
        char *end = memchr(link->buffer, '\n', link->used);
        if (end != NULL) {
            size_t length = (size_t)(end - link->buffer), taken = length < size ? length : size - 1;
            memcpy(ret_line, link->buffer, taken);
            ret_line[taken] = '\0';
            link->used -= length + 1;
            memmove(link->buffer, end + 1, link->used);
            return LINK_OK;
        }
        if (link->used == sizeof link->buffer)
            return LINK_ERROR;
        ssize_t count = recv(link->socket, link->buffer + link->used, sizeof link->buffer - link->used, 0);
        if (count > 0)
            link->used += (size_t)count;
        else if (count == 0 || errno == ECONNRESET)
            return LINK_EOF;
        else if (errno == EAGAIN)
            return LINK_TIMEOUT;
        else if (errno != EINTR)
            return LINK_ERROR;
    }
}
