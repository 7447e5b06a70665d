/* SPDX-License-Identifier: MIT */
#include "tell/scrape.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "program_preload.h"

#define PROGRAM    "crumple"
#define LIMIT_S    10
#define ANSWERS_AT 4

static const char not_found[] = "HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\nsee /metrics\n";
static const char found[] =
    "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\r\n";

static bool find_program(char ret_path[PATH_MAX])
{
    return program_beside(PROGRAM, ret_path, PATH_MAX) && access(ret_path, X_OK) == 0;
}

void scrape_begin(struct http *ret, const char *address)
{
    char path[PATH_MAX];
    ret->fd = -1;
    if (!find_program(path)) {
        say("--metrics-addr needs the program 'crumple' beside crumple-run, where 'crumple install' puts it; no metrics are "
            "served");
        return;
    }
    const int error = http_begin(ret, address, LIMIT_S, ANSWERS_AT);
    if (error)
        say("--metrics-addr='%s': %s; no metrics are served", address, http_error_words(error));
}

static void answer(int fd, const char *request, const void *context)
{
    char path[PATH_MAX];
    (void)context;
    if (strncmp(request, "GET /metrics", 12) != 0 || !strchr(" ?", request[12]))
        (void)!write(fd, not_found, sizeof not_found - 1);
    else if (write(fd, found, sizeof found - 1) == sizeof found - 1 && find_program(path))
        execl(path, PROGRAM, "metrics", NULL);
}

void scrape_accept(struct http *http)
{
    http_accept(http, answer, NULL);
}
