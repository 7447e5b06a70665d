/* SPDX-License-Identifier: MIT */
#include "tell/scrape.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/say.h"
#include "program_preload.h"

#define PROGRAM       "crumple"
#define LIMIT_S       10
#define REQUEST_BYTES 4096
#define BACKLOG       16
#define REST_US       1000000

static const char not_found[] = "HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\nsee /metrics\n";
static const char found[] =
    "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\r\n";

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

static bool find_program(char ret_path[PATH_MAX])
{
    return program_beside(PROGRAM, ret_path, PATH_MAX) && access(ret_path, X_OK) == 0;
}

void scrape_begin(struct scrape *ret, const char *text)
{
    struct sockaddr_storage address;
    socklen_t bytes = 0;
    char path[PATH_MAX];
    *ret = (struct scrape){.fd = -1};
    if (!find_program(path)) {
        say("--metrics-addr needs the program 'crumple' beside crumple-run, where 'crumple install' puts it; no metrics are "
            "served");
        return;
    }
    int fd = parse(text, &address, &bytes) ? listen_on(&address, bytes) : -EINVAL;
    if (fd < 0)
        say("--metrics-addr='%s': %s; no metrics are served", text, strerror(-fd));
    ret->fd = fd < 0 ? -1 : fd;
}

/* All of the head, or as much as fits: a client that is sent an answer before it is done may see a reset. */
static bool read_request(int fd, char text[REQUEST_BYTES])
{
    size_t used = 0;
    while (used < REQUEST_BYTES - 1) {
        ssize_t got = read(fd, text + used, REQUEST_BYTES - 1 - used);
        if (got <= 0)
            return false;
        used += (size_t)got;
        text[used] = '\0';
        if (strstr(text, "\r\n\r\n") || strstr(text, "\n\n"))
            break;
    }
    return true;
}

static _Noreturn void answer(int fd)
{
    char request[REQUEST_BYTES], path[PATH_MAX];
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)alarm(LIMIT_S); /* exec keeps it */
    /* While a client is silent, a pipe of the server would stay open, and the port that we listen on be taken. */
    if (dup2(fd, STDOUT_FILENO) < 0)
        _exit(1);
    descriptors_close_from(STDERR_FILENO + 1);
    fd = STDOUT_FILENO;
    if (!read_request(fd, request))
        _exit(1);
    if (strncmp(request, "GET /metrics", 12) != 0 || !strchr(" ?", request[12])) {
        (void)!write(fd, not_found, sizeof not_found - 1);
        _exit(0);
    }
    if (write(fd, found, sizeof found - 1) != sizeof found - 1 || !find_program(path))
        _exit(1);
    execl(path, PROGRAM, "metrics", NULL);
    _exit(1);
}

static pid_t *find(struct scrape *scrape, pid_t pid)
{
    for (int i = 0; i < SCRAPES_MAX; i++)
        if (scrape->pids[i] == pid)
            return &scrape->pids[i];
    return NULL;
}

void scrape_accept(struct scrape *scrape)
{
    pid_t *place = find(scrape, 0);
    int fd = accept4(scrape->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) { /* no descriptor is free: accept(2) leaves the connection where it is */
        scrape->rests_until_us = clock_us() + REST_US;
        return;
    }
    pid_t pid = place ? fork() : -1;
    if (pid == 0)
        answer(fd);
    if (pid > 0)
        *place = pid;
    (void)close(fd);
}

int scrape_rest(const struct scrape *scrape)
{
    int64_t left_us = scrape->rests_until_us - clock_us();
    return left_us > 0 ? (int)(left_us / 1000) + 1 : -1;
}

bool scrape_reaped(struct scrape *scrape, pid_t pid)
{
    pid_t *place = find(scrape, pid);
    if (!place)
        return false;
    *place = 0;
    return true;
}
