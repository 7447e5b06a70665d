/* SPDX-License-Identifier: MIT */
/*
 * The arena by an operator who can edit it: linked around handle_message() and world_tick() (ld --wrap), so that
 * demo/arena itself stays as it is. Each message is tagged with what it is, and whose.
 */
#include <string.h>

#include "arena.h"
#include "crumple.h"
#include "world_inside.h"

void __real_handle_message(struct connection *connection, char *line);
void __wrap_handle_message(struct connection *connection, char *line);
void __real_world_tick(void);
void __wrap_world_tick(void);

struct message {
    struct connection *connection;
    char *line;
};

/* The function that CRUMPLE_RECOVER names: guarded_message=contain. */
void guarded_message(void *message);
void guarded_message(void *message)
{
    struct message *m = message;
    __real_handle_message(m->connection, m->line);
}

void __wrap_handle_message(struct connection *connection, char *line)
{
    struct message message = {connection, line};
    crumple_tag_push("message", "%.*s", (int)strcspn(line, " "), line);
    crumple_tag("player_id", "%d", connection->player.player);
    crumple_tag("match_id", "%d", connection->player.match);
    crumple_event("%s: %.*s", connection->name, (int)strcspn(line, " "), line);
    if (crumple_guard(guarded_message, &message) == 1) {
        connection->answer_used = 0;
        reply(connection, "ERR sorry");
    }
    crumple_tag_pop("message");
}

void __wrap_world_tick(void)
{
    __real_world_tick();
    crumple_process_tag("tick", "%lu", world.match[0].tick);
}
