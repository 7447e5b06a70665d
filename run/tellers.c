/* SPDX-License-Identifier: MIT */
/* The processes that tell the ends of former lives, and the others that these lives have left to crumple-run. */
#include <unistd.h>

#include "base/clock.h"
#include "server.h"

void server_retire(struct server *server, pid_t pid)
{
    if (pid)
        server->retired[server->retired_next++ % RETIRED_MAX] = pid;
}

struct server_teller *server_teller_place(struct server *server)
{
    for (int i = 0; i < TELLERS_MAX; i++)
        if (!server->tellers[i].pid)
            return &server->tellers[i];
    return NULL;
}

void server_note_restart(struct server *server, const struct restart_note *note)
{
    for (int i = 0; i < TELLERS_MAX; i++) {
        struct server_teller *teller = &server->tellers[i];
        if (!teller->pid || teller->fd < 0)
            continue;
        if (note)
            (void)!write(teller->fd, note, sizeof *note);
        (void)close(teller->fd);
        teller->fd = -1;
    }
}

int server_step_note(struct server *server, bool is_due)
{
    const int64_t left_us = server->note_us - clock_us();
    if (!server->note_us)
        return -1;
    if (!is_due && left_us > 0)
        return (int)(left_us / 1000) + 1;
    const struct hold_counts counts = hold_counts(&server->hold);
    server->note.held = counts.held;
    server->note.backlog_full = counts.backlog_full;
    server_note_restart(server, &server->note);
    server->note_us = 0;
    return -1;
}

bool server_has_tellers(const struct server *server, bool all)
{
    int count = 0;
    for (int i = 0; i < TELLERS_MAX; i++)
        count += server->tellers[i].pid != 0;
    return all ? count == TELLERS_MAX : count > 0;
}

bool server_teller_ended(struct server *server, pid_t pid)
{
    for (int i = 0; i < TELLERS_MAX; i++) {
        struct server_teller *teller = &server->tellers[i];
        if (!teller->pid || teller->pid != pid)
            continue;
        if (teller->fd >= 0)
            (void)close(teller->fd);
        *teller = (struct server_teller){0, -1};
        return true;
    }
    for (int i = 0; i < RETIRED_MAX; i++)
        if (server->retired[i] == pid) {
            server->retired[i] = 0;
            return true;
        }
    return false;
}
