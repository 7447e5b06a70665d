/* SPDX-License-Identifier: MIT */
/* What a life's end means, and what its server had to say last. */
#include <poll.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cgo/hold.h"
#include "child/wait.h"
#include "ends/judge.h"
#include "ends/last_logged.h"
#include "server.h"

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

void server_wait_for_helpers(struct server *server, int64_t deadline_us,
                             bool (*is_busy)(const struct server *server, int step_ms))
{
    const struct wait_helpers helpers = {server_helper_ended, server};
    struct child_end none;
    for (;;) {
        struct signalfd_siginfo info;
        /* Who asked for the end is being obeyed. The signals are read first: read after the look at the children, the
         * SIGCHLD of a child that ended in between would be lost, and nothing would wake crumple-run for that child. */
        while (signals_read(&server->signals, &info))
            ;
        (void)wait_reap(0, false, &helpers, &none);
        int64_t left_us = deadline_us - clock_us();
        int step_ms = hook_step(&server->hook);
        if (!is_busy(server, step_ms) || left_us <= 0)
            return;
        struct pollfd poll_fd = {.fd = server->signals.fd, .events = POLLIN};
        int left_ms = (int)(left_us / 1000) + 1;
        (void)poll(&poll_fd, 1, step_ms >= 0 && step_ms < left_ms ? step_ms : left_ms);
    }
}

/* In a process that tells apart, the logger may be a child of crumple-run, which waits for it in the end. */
static bool has_logger(const struct server *server, int step_ms)
{
    siginfo_t info;
    (void)step_ms;
    return server->life.logger &&
           waitid(P_PID, (id_t)server->life.logger, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
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
    server_wait_for_helpers(server, clock_us() + LOGGER_US, has_logger);
    server_end_life(server);
}
