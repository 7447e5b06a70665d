/* SPDX-License-Identifier: MIT */
/* --health: what this process knows of its server, for whoever checks. */
#include <stdio.h>

#include "server.h"

/* In the process that answers, a copy of this one: the log of events may lie on a disk that hangs. */
static bool find_title(void *context, char *ret, size_t bytes)
{
    struct server *server = context;
    server_follow(server);
    const struct line line = {server->last_line, server->last_size};
    return line.size && line_number(&line, "pid") == server->life.pid &&
           line_string(&line, "title", ret, bytes);
}

void server_begin_health(struct server *server)
{
    health_begin(&server->health, server->settings.health, find_title, server);
}

void server_is_up(struct server *server)
{
    health_up(&server->health, server->life.pid, server->restarts.total);
}

void server_is_down(struct server *server)
{
    char end[256], words[300];
    server_name_end(&server->life, end, sizeof end);
    snprintf(words, sizeof words, "the server %s", end);
    health_down(&server->health, words);
}
