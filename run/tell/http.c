/* SPDX-License-Identifier: MIT */
#include "tell/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"

#define BACKLOG 128
#define REST_US 1000000
#define FULL_US 20000 /* until it is looked again whether somebody is silent */

/* Numbers only: no resolver is needed, and none is linked. */
static bool parse(const char *text, struct sockaddr_storage *ret, socklen_t *ret_bytes)
{
    char host[64], *end;
    const char *colon = strrchr(text, ':');
    if (!colon || colon - text >= (int)sizeof host)
        return false;
    long port = strtol(colon + 1, &end, 10);
    if (!colon[1] || *end || port < 1 || port > 65535)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    struct sockaddr_in *four = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
    *ret = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, *host ? host : "0.0.0.0", &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        *ret_bytes = sizeof *four;
        return true;
    }
    size_t n = strlen(host);
    if (n < 3 || host[0] != '[' || host[n - 1] != ']')
        return false;
    host[n - 1] = '\0';
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    *ret_bytes = sizeof *six;
    return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1;
}

/* Returns a descriptor or a negative errno. */
static int listen_on(const struct sockaddr_storage *address, socklen_t bytes)
{
    const int on = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)address, bytes) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = -errno;
    (void)close(fd);
    return error;
}

int http_begin(struct http *ret, const char *text, unsigned limit_s, unsigned answers_most)
{
    struct sockaddr_storage address;
    socklen_t bytes = 0;
    const int fd = parse(text, &address, &bytes) ? listen_on(&address, bytes) : -EINVAL;
    *ret = (struct http){.fd = fd < 0 ? -1 : fd, .limit_s = limit_s, .answers_most = answers_most};
    return fd < 0 ? fd : 0;
}

const char *http_error_words(int error)
{
    return error == -EINVAL ? "not of the form 127.0.0.1:9100, [::1]:9100 or :9100" : strerror(-error);
}

/* All of the head, or as much as fits: a client that is sent an answer before it is done may see a reset. */
static bool read_request(int fd, char text[HTTP_REQUEST_BYTES])
{
    size_t used = 0;
    while (used < HTTP_REQUEST_BYTES - 1) {
        ssize_t got = read(fd, text + used, HTTP_REQUEST_BYTES - 1 - used);
        if (got <= 0)
            return false;
        used += (size_t)got;
        text[used] = '\0';
        if (strstr(text, "\r\n\r\n") || strstr(text, "\n\n"))
            break;
    }
    return true;
}

static _Noreturn void answer_one(const struct http *http, int fd,
                                 void (*answer)(int fd, const char *request, const void *context),
                                 const void *context)
{
    char request[HTTP_REQUEST_BYTES];
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)alarm(http->limit_s); /* exec keeps it */
    /* While a client is silent, a pipe of the server would stay open, and the port that we listen on be taken. */
    if (dup2(fd, STDOUT_FILENO) < 0)
        _exit(1);
    descriptors_close_from(STDERR_FILENO + 1);
    if (!read_request(STDOUT_FILENO, request))
        _exit(1);
    answer(STDOUT_FILENO, request, context);
    _exit(0);
}

static pid_t *find(struct http *http, pid_t pid)
{
    for (unsigned i = 0; i < http->answers_most; i++)
        if (http->pids[i] == pid)
            return &http->pids[i];
    return NULL;
}

static void make_room(const struct http *http)
{
    const int64_t before_us = clock_us() - (int64_t)http->patience_ms * 1000;
    for (unsigned i = 0; http->patience_ms && i < http->answers_most; i++)
        if (http->begun_us[i] < before_us)
            (void)kill(http->pids[i], SIGKILL); /* not reaped yet, so the number is its own */
}

void http_accept(struct http *http, void (*answer)(int fd, const char *request, const void *context),
                 const void *context)
{
    pid_t *place = find(http, 0);
    if (!place) {
        make_room(http);
        http->rests_until_us = clock_us() + FULL_US;
        return;
    }
    const int fd = accept4(http->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) { /* no descriptor is free: accept(2) leaves the connection where it is */
        http->rests_until_us = clock_us() + REST_US;
        return;
    }
    const pid_t pid = fork();
    if (pid == 0)
        answer_one(http, fd, answer, context);
    if (pid > 0) {
        *place = pid;
        http->begun_us[place - http->pids] = clock_us();
    }
    (void)close(fd);
}

int http_rest(const struct http *http)
{
    const int64_t left_us = http->rests_until_us - clock_us();
    return left_us > 0 ? (int)(left_us / 1000) + 1 : -1;
}

bool http_reaped(struct http *http, pid_t pid)
{
    pid_t *place = find(http, pid);
    if (!place)
        return false;
    *place = 0;
    http->rests_until_us = 0;
    return true;
}
