/* SPDX-License-Identifier: MIT */
/* --restart: from the end of one life of the server to the next one. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "crumple_options.h"
#include "server.h"

#define NOTE_US 500000 /* then the next life has taken its sockets */
#define LOOK_MS 50
/* For one of many ends to be told, before the next life. A disk that hangs keeps no server down for longer. */
#define TOLD_US 2000000

static struct restart_decision decide(struct server *server)
{
    const struct server_life *life = &server->life;
    const struct end_facts *facts = &life->facts;
    const struct restart_end end = {.end = facts->end,
                                    .began_us = life->began_us,
                                    .ended_us = life->ended_us,
                                    .could_not_start = facts->exec_error != 0,
                                    .is_expected =
                                        run_options_remaps(&server->settings, child_end_status(&facts->end)),
                                    .is_mended = hold_peers_have_opened(&server->hold.peers),
                                    .is_asked = restart_is_asked(&facts->end, life->asked_ns, facts->end_ns)};
    uint64_t random = 0;
    (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
    return restart_decide(&end, &server->settings, &server->restarts, random);
}

/* Until nothing of the last life is in the way. False: the end was asked for. */
static bool wait_for_start(struct server *server, int64_t delay_us)
{
    const int64_t start_us = server->life.ended_us + delay_us;
    for (;;) {
        const int leaving_ms = server_end_leftovers(server, server->life.ended_us);
        const int64_t left_us = start_us - clock_us();
        const bool waits = server_has_tellers(server, true) && left_us > -TOLD_US;
        if (leaving_ms < 0 && left_us <= 0 && hold_is_handed(&server->hold) && !waits)
            return true;
        const int left_ms = left_us > 0 ? (int)(left_us / 1000) + 1 : waits ? LOOK_MS : -1;
        if (server_idle(server, server_sooner(leaving_ms, left_ms)))
            return false;
    }
}

/* With json the events say it. */
static bool is_text(void)
{
    return end_settings()->stderr_mode == CRUMPLE_STDERR_TEXT;
}

static void leave(struct server *server, const struct restart_decision *decision)
{
    char words[256];
    server_name_end(&server->life, words, sizeof words);
    if (is_text())
        say("'%s' %s; it starts again in %lld ms", server->settings.command[0], words,
            (long long)(decision->delay_us / 1000));
    if (server->own_group)
        child_take_terminal(server->life.pid);
    if (!server->life.facts.exec_error) { /* else the last one has been dead for a while */
        const struct child_end *end = &server->life.facts.end;
        server->died_us = server->life.ended_us;
        if (!end->by_signal && end->status == 0) /* it wanted to end: its clients are to be refused */
            hold_release(&server->hold);
        hold_server_died(&server->hold, server->life.pid, clock_us());
    }
    server_tell_apart(server);
}

/* Workers of a dead master would go on answering, and the supervisor would not know of them. */
static void end_what_is_left(struct server *server)
{
    int ms;
    do
        ms = server_end_leftovers(server, server->life.ended_us);
    while (ms >= 0 && !server_idle(server, ms));
}

static void stay_down(struct server *server, const struct restart_decision *decision)
{
    hold_release(&server->hold);
    server->is_at_limit = decision->kind == RESTART_LIMIT;
    if (!server->is_at_limit)
        return;
    if (is_text())
        say("'%s' has been started again %u time%s within %lld s, and is not started any more (--restart-limit)",
            server->settings.command[0], (unsigned)server->settings.restart_limit.count,
            server->settings.restart_limit.count == 1 ? "" : "s",
            (long long)(server->settings.restart_limit.period_us / 1000000));
    end_what_is_left(server);
}

/* Where the number of processes is limited, those that tell the last end have no room to spare: the server comes first. */
static int start_process(struct server *server)
{
    const int64_t until_us = clock_us() + (int64_t)(end_settings()->timeout_ns / 1000);
    const int error = server_start_again(server);
    bool is_asked = false;
    if (error != -EAGAIN || !server_has_tellers(server, false))
        return error;
    server_leave_life(server);
    server_note_restart(server, NULL);
    while (server_has_tellers(server, false) && clock_us() < until_us && !is_asked)
        is_asked = server_idle(server, LOOK_MS);
    return is_asked ? error : server_start_again(server);
}

/* Returns 0 or a negative errno; then this life has ended before it began. */
static int start(struct server *server, const struct restart_decision *decision)
{
    const int error = start_process(server);
    if (error) {
        struct server_life *life = &server->life;
        life->facts.exec_error = -error;
        life->facts.end = (struct child_end){.status = server_start_status(error)};
        server_has_ended(server);
        server_note_restart(server, NULL);
        return error;
    }
    server->note = (struct restart_note){.time_ns = clock_real_ns(),
                                         .new_pid = server->life.pid,
                                         .downtime_ms = (clock_us() - server->died_us) / 1000,
                                         .delay_ms = decision->delay_us / 1000,
                                         .restarts = server->restarts.total};
    server->note_us = clock_us() + NOTE_US;
    say_more("'%s' was started again: process %d", server->settings.command[0], (int)server->life.pid);
    return 0;
}

bool server_goes_on(struct server *server)
{
    if (server->settings.restart == RUN_RESTART_NO)
        return false;
    if (server_adopt(server))
        return true;
    (void)server_step_note(server, true);
    server_end_of_cut(server);
    for (;;) {
        const struct restart_decision decision = decide(server);
        if (decision.kind != RESTART_AFTER) {
            stay_down(server, &decision);
            return false;
        }
        leave(server, &decision);
        if (!wait_for_start(server, decision.delay_us)) {
            hold_release(&server->hold);
            server_note_restart(server, NULL);
            server->restarts.total--; /* there was none after all */
            server->is_told = true;
            return false;
        }
        if (start(server, &decision) == 0)
            return true;
    }
}
