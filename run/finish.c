/* SPDX-License-Identifier: MIT */
/* After the server's end. */
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "cgo/hold.h"
#include "child/wait.h"
#include "base/clock.h"
#include "ends/judge.h"
#include "ends/last_logged.h"
#include "server.h"
#include "tell/termination.h"

#define LOGGER_US 500000 /* for errors that were logged just before the end; the end is not delayed longer */

static void tell_end(struct server *server)
{
    static char output[2][RING_TEXT_BYTES], last_logged[LAST_LOGGED_BYTES];
    struct end_facts *facts = &server->life.facts;
    facts->is_expected = run_options_remaps(&server->settings, child_end_status(&facts->end));
    facts->has_memory = facts->has_memory && cgroup_read(&server->cgroup, &facts->after);
    for (int i = 0; i < 2; i++)
        facts->output[i] = (struct end_text){output[i], output_text(&server->life.output, i, output[i])};
    if (end_may_be_go(&facts->end)) /* a file is read for it */
        facts->go_dump.size = output_dump(&server->life.output, server->program.facts.is_go,
                                          &facts->go_dump.bytes, &facts->go_dump_lost);
    if (facts->go_dump.size && !facts->c_stack && cgo_hold_rest(&server->life.c_stack))
        facts->c_stack = &server->life.c_stack;
    if (facts->go_build.size || facts->go_dump.size)
        facts->last_logged = (struct end_text){last_logged, last_logged_find(facts->output, last_logged)};
    (void)end_tell(facts);
}

/* An old event of a worker does not explain an end that was asked for. */
static void write_message(const struct server *server)
{
    static char text[TERMINATION_BYTES];
    const struct line line = {server->last_line, server->last_size};
    if (server->settings.termination_log && line.size && end_judge(&server->life.facts) != END_QUIET &&
        termination_text(&line, server->last_directory, text) > 0)
        termination_write(server->settings.termination_log, text);
}

/* In a process that tells apart, the logger may be a child of crumple-run, which waits for it in the end. */
static bool has_logger(const struct server *server, int step_ms)
{
    siginfo_t info;
    (void)step_ms;
    return server->life.logger &&
           waitid(P_PID, (id_t)server->life.logger, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static bool has_helper(const struct server *server, int step_ms)
{
    return step_ms >= 0 || server->life.keeper || server->life.is_dumping ||
           server_has_tellers(server, false);
}

/* Lets the processes of crumple-run's own end: those that tell, until then at most. */
static void wait_for_helpers(struct server *server, int64_t deadline_us,
                             bool (*is_busy)(const struct server *server, int step_ms))
{
    const struct wait_helpers helpers = {server_helper_ended, server};
    struct child_end none;
    for (;;) {
        struct signalfd_siginfo info;
        (void)wait_reap(0, false, &helpers, &none);
        while (signals_read(&server->signals, &info)) /* who asked for the end is being obeyed */
            ;
        int64_t left_us = deadline_us - clock_us();
        int step_ms = hook_step(&server->hook);
        if (!is_busy(server, step_ms) || left_us <= 0)
            return;
        struct pollfd poll_fd = {.fd = server->signals.fd, .events = POLLIN};
        int left_ms = (int)(left_us / 1000) + 1;
        (void)poll(&poll_fd, 1, step_ms >= 0 && step_ms < left_ms ? step_ms : left_ms);
    }
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

void server_tell_life(struct server *server)
{
    const int64_t timeout_us = (int64_t)(end_settings()->timeout_ns / 1000);
    const int64_t deadline_us = clock_us() + timeout_us;
    struct end_facts *facts = &server->life.facts;
    facts->deadline_us = deadline_us;
    output_drain(&server->life.output, end_is_go_status(&facts->end), deadline_us - timeout_us / 2);
    server_end_logged(server);
    tell_end(server);
    wait_for_helpers(server, clock_us() + LOGGER_US, has_logger);
    server_end_life(server);
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
    if (server->settings.on_bundle)
        deadline_us = clock_us() + server->settings.on_bundle_timeout_us;
    wait_for_helpers(server, deadline_us, has_helper);
    hook_leave(&server->hook);
    hold_end(&server->hold);
    say_daemon(server);
}
