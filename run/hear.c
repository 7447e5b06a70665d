/* SPDX-License-Identifier: MIT */
/* What becomes known of the server's end. */
#include <stdio.h>
#include <string.h>

#include "directory/directory.h"
#include "server.h"

void server_hear(void *context, const char *directory, const struct line *line)
{
    struct server *server = context;
    char name[NAME_MAX + 1], path[PATH_MAX], event[32] = "";
    (void)line_string(line, "event", event, sizeof event);
    if (line_string(line, "path", name, sizeof name) && *directory && !strchr(name, '/')) {
        snprintf(path, sizeof path, "%s/%s", directory, name);
        hook_add(&server->hook, path);
    }
    const bool is_end =
        strcmp(event, "crash") == 0 || strcmp(event, "exit") == 0 || strcmp(event, "died") == 0;
    const bool is_own = line_number(line, "pid") == server->life.pid;
    if (!is_end || line->size > sizeof server->last_line || (server->last_is_own && !is_own))
        return;
    memcpy(server->last_line, line->bytes, line->size);
    server->last_size = line->size;
    server->last_is_own = is_own;
    snprintf(server->last_directory, sizeof server->last_directory, "%s", directory);
}

void server_follow(struct server *server)
{
    const struct run_settings *settings = &server->settings;
    if (server->is_followed &&
        (settings->on_bundle || settings->termination_log || settings->restart != RUN_RESTART_NO))
        (void)directory_visit(end_settings()->dir, follow_directory, &server->follow);
}

void server_name_end(const struct server_life *life, char *ret, size_t bytes)
{
    const struct child_end *end = &life->facts.end;
    if (life->facts.exec_error)
        snprintf(ret, bytes, "cannot be started: %s", strerror(life->facts.exec_error));
    else if (end->by_signal)
        snprintf(ret, bytes, "was ended by signal %d (%s)", end->status, strsignal(end->status));
    else
        snprintf(ret, bytes, "ended with status %d", end->status);
}
