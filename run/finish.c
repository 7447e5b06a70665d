/* SPDX-License-Identifier: MIT */
/* After the server's end. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "child/wait.h"
#include "base/clock.h"
#include "ends/judge.h"
#include "server.h"
#include "tell/termination.h"

#define KEEPER_US                                                                                            \
    200000 /* for the life record to be removed, also where a writer has taken all of the time */

/* "": it was not started again. */
static void name_restarts(const struct server *server, char *ret, size_t bytes)
{
    const struct run_rate *limit = &server->settings.restart_limit;
    const bool is_seconds = limit->period_us % 1000000 == 0;
    int used =
        server->restarts.total ? snprintf(ret, bytes, "restarts: %" PRIu64, server->restarts.total) : 0;
    ret[used] = '\0';
    if (server->is_at_limit)
        snprintf(ret + used, bytes - (size_t)used, "%s(--restart-limit %u/%" PRId64 "%s is reached)",
                 used ? " " : "", (unsigned)limit->count, limit->period_us / (is_seconds ? 1000000 : 1000),
                 is_seconds ? "s" : "ms");
}

/* An old event of a worker does not explain an end that was asked for. */
static void write_message(const struct server *server)
{
    static char text[TERMINATION_BYTES];
    char restarts[96];
    const struct line line = {server->last_line, server->last_size};
    name_restarts(server, restarts, sizeof restarts);
    if (server->settings.termination_log && line.size && end_judge(&server->life.facts) != END_QUIET &&
        termination_text(&line, restarts, server->last_directory, text) > 0)
        termination_write(server->settings.termination_log, text);
}

/* A hold helper that has been killed has the server's sockets until it is gone: whoever starts the server next is not to find its port in use. */
static bool has_helper(const struct server *server, int step_ms)
{
    return step_ms >= 0 || server->life.keeper || server->life.is_dumping ||
           server_has_tellers(server, false) || !hold_is_handed(&server->hold);
}

/* Other children of PID 1 are what the server has left. With some options, helpers of crumple-run are, too. */
static void say_daemon(const struct server *server)
{
    const struct child_end *end = &server->life.facts.end;
    siginfo_t info;
    if (getpid() == 1 && !end->by_signal && end->status == 0 && !server->life.keeper &&
        !server->keeps_output && !server->settings.on_bundle &&
        waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        say("'%s' has ended with status 0, and what it started ends with this container; a server must stay in the "
            "foreground here (no 'daemon' option)",
            server->settings.command[0]);
}

void server_finish(struct server *server)
{
    int64_t deadline_us = clock_us() + (int64_t)(end_settings()->timeout_ns / 1000);
    if (server->own_group)
        child_take_terminal(server->life.pid);
    hold_release(&server->hold);
    if (!server->is_told) {
        server_end_of_cut(server);
        server_tell_life(server);
    }
    if (server->is_at_limit)
        server_tell_limit(server);
    server_follow(server);
    write_message(server);
    if (deadline_us < clock_us() + KEEPER_US)
        deadline_us = clock_us() + KEEPER_US;
    if (server->settings.on_bundle)
        deadline_us = clock_us() + server->settings.on_bundle_timeout_us;
    server_wait_for_helpers(server, deadline_us, has_helper);
    hook_leave(&server->hook);
    hold_end(&server->hold);
    say_daemon(server);
}
