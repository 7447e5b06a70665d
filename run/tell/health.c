/* SPDX-License-Identifier: MIT */
#include "tell/health.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"

#define LIMIT_S      2 /* whoever checks waits for a second or so, and comes again */
#define PATIENCE_MS  100
#define ANSWER_BYTES (HEALTH_CAUSE_BYTES + 512)

void health_begin(struct health *ret, const char *address,
                  bool (*find_title)(void *context, char *ret, size_t bytes), void *context)
{
    *ret = (struct health){.http.fd = -1, .find_title = find_title, .context = context};
    const int error = address ? http_begin(&ret->http, address, LIMIT_S, HTTP_ANSWERS_MAX) : 0;
    ret->http.patience_ms = PATIENCE_MS;
    if (error)
        say("--health='%s': %s; health checks are not answered", address, http_error_words(error));
}

void health_up(struct health *health, pid_t server, unsigned restarts)
{
    health->server = server;
    health->restarts = restarts;
    health->since_us = clock_us();
    health->cause[0] = '\0';
}

void health_down(struct health *health, const char *cause)
{
    health->since_us = clock_us();
    snprintf(health->cause, sizeof health->cause, "%s", cause);
}

/* The words are for people; programs look at the status. */
static int put_words(const struct health *health, char ret[ANSWER_BYTES])
{
    const double seconds = (double)(clock_us() - health->since_us) / 1e6;
    char title[HEALTH_CAUSE_BYTES];
    if (health->cause[0]) {
        if (!health->find_title(health->context, title, sizeof title))
            snprintf(title, sizeof title, "%s", health->cause);
        (void)say_clean(title);
        return snprintf(ret, ANSWER_BYTES, "down: %s\nsince: %.1f s\nrestarts: %u\n", title, seconds,
                        health->restarts);
    }
    return snprintf(ret, ANSWER_BYTES, "ok\npid: %d\nup: %.1f s\nrestarts: %u\n", (int)health->server,
                    seconds, health->restarts);
}

static void answer(int fd, const char *request, const void *context)
{
    const struct health *health = context;
    char words[ANSWER_BYTES], text[2 * ANSWER_BYTES];
    const bool is_head = strncmp(request, "HEAD ", 5) == 0;
    const char *status = health->cause[0] ? "503 Service Unavailable" : "200 OK";
    if (!is_head && strncmp(request, "GET ", 4) != 0)
        status = "405 Method Not Allowed";
    const int size = put_words(health, words);
    const int all =
        snprintf(text, sizeof text,
                 "HTTP/1.0 %s\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
                 "Content-Length: %d\r\n\r\n%s",
                 status, size, is_head ? "" : words);
    (void)!write(fd, text, (size_t)all);
}

void health_accept(struct health *health)
{
    http_accept(&health->http, answer, health);
}
