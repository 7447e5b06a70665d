/* SPDX-License-Identifier: MIT */
/* While the server runs. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cgo/hold.h"
#include "child/wait.h"
#include "directory/directory.h"
#include "server.h"

#define TICK_US         1000000
#define SIGNALS_AT_ONCE 64 /* a process that sends them without end must not hide the end of the server */

bool server_helper_ended(void *context, pid_t pid, int wait_status)
{
    struct server *server = context;
    if (server_keeper_ended(server, pid, WIFSIGNALED(wait_status)))
        return true;
    if (pid == server->life.dumper) {
        server->life.is_dumping = false;
        return true;
    }
    if (server_logger_ended(server, pid) || server_teller_ended(server, pid) ||
        hold_reaped(&server->hold, pid))
        return true;
    return output_reaped(&server->life.output, pid, wait_status) ||
           hook_reaped(&server->hook, pid, wait_status) || http_reaped(&server->scrape, pid) ||
           http_reaped(&server->health.http, pid);
}

/* A server that ends its workers by a signal to its process group, and so to us, does not ask for its own end. Who does wants its port
 * back: nothing is held from now on. */
static void note_signal(struct server *server, const struct signalfd_siginfo *info)
{
    const uint32_t signo = info->ssi_signo;
    if (signo >= END_SIGNALS)
        return;
    server->life.facts.sent_ns[signo] = clock_real_ns();
    if (info->ssi_code <= 0 && info->ssi_pid == (uint32_t)server->life.pid)
        return;
    server->life.asked_ns[signo] = clock_real_ns();
    if (signo == SIGTERM || signo == SIGINT)
        hold_release(&server->hold);
}

/* A daemon need not lead its group. */
static pid_t group_of(pid_t pid)
{
    const pid_t group = getpgid(pid);
    return group > 1 && group != getpgrp() ? -group : -pid;
}

static void forward(struct server *server, const struct signalfd_siginfo *info)
{
    const int signo = (int)info->ssi_signo;
    const struct signals_place place = {.self = getpid(),
                                        .server = server->life.pid,
                                        .own_group = server->own_group,
                                        .is_leader = getsid(0) == getpid()};
    if (info->ssi_pid != (uint32_t)getpid())
        note_signal(server, info);
    const pid_t to = server->settings.group ? group_of(server->life.pid) : server->life.pid;
    /* The server may have heard of it from the terminal, before its own had the new size. */
    bool is_again = signo == SIGWINCH && output_resize(&server->life.output);
    if (!is_again && !signals_is_for_server(info, &place))
        return;
    if (kill(to, signo) < 0 && errno != ESRCH)
        say("signal %d cannot be sent to %d: %s", signo, (int)to, strerror(errno));
    else
        say_more("signal %d sent on to %d", signo, (int)to);
    if (signo == SIGTERM)
        server_stop_asked(server);
}

/* The shell that waits for this process must see it stopped. The SIGCONT that continues it is sent on. The shell gives
 * the terminal to this process's group, and does so without a signal where it believes that the job runs. */
static void stop_with_server(const struct server *server, enum wait_result why)
{
    if (why == WAIT_NO_TERMINAL && server->own_group && child_give_terminal(server->life.pid)) {
        (void)kill(-server->life.pid, SIGCONT);
        return;
    }
    (void)kill(getpid(), SIGSTOP);
    if (server->own_group)
        (void)child_give_terminal(server->life.pid);
}

int server_sooner(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

int server_step(struct server *server)
{
    int wait_ms = server_sooner(hook_step(&server->hook), hold_step(&server->hold, clock_us()));
    if (!server->settings.on_bundle)
        return wait_ms;
    int64_t now = clock_us();
    if (now >= server->next_tick_us) {
        if (server->next_tick_us)
            server_follow(server);
        server->next_tick_us = now + TICK_US;
        wait_ms = server_sooner(wait_ms, hook_step(&server->hook));
    }
    return server_sooner(wait_ms, (int)((server->next_tick_us - now) / 1000) + 1);
}

/* Does what is due of this life, too. */
static int step(struct server *server)
{
    int wait_ms = server_sooner(server_stop_dump(server), server_look_at_build(server));
    wait_ms = server_sooner(wait_ms, server_step_note(server, false));
    return server_sooner(server_step(server), wait_ms);
}

/* The descriptors of one poll. */
struct asked {
    struct pollfd fds[4 + HOLD_FDS_MAX];
    int count;
};

/* Only those that somebody listens to: poll refuses more than the limit of open files (RLIMIT_NOFILE), which may be small. Returns the
 * place, or -1. */
static int ask(struct asked *asked, int fd, int rest_ms)
{
    if (fd < 0 || rest_ms >= 0) /* until a time of rest is over, nobody is asked for */
        return -1;
    asked->fds[asked->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    return asked->count++;
}

static bool came(const struct asked *asked, int place)
{
    return place >= 0 && asked->fds[place].revents;
}

void server_wait(struct server *server, int wait_ms)
{
    struct asked asked = {.count = 0};
    const int scrape_ms = http_rest(&server->scrape), health_ms = http_rest(&server->health.http);
    (void)ask(&asked, server->signals.fd, -1);
    const int scrape = ask(&asked, server->scrape.fd, scrape_ms);
    const int health = ask(&asked, server->health.http.fd, health_ms);
    const int logged = ask(&asked, server_logged_fd(server), -1);
    asked.count += hold_fds(&server->hold, asked.fds + asked.count, HOLD_FDS_MAX);
    wait_ms = server_sooner(wait_ms, server_sooner(scrape_ms, health_ms));
    if (poll(asked.fds, (nfds_t)asked.count, wait_ms) < 0 && errno == EINVAL) {
        asked.count = 1;
        (void)poll(asked.fds, 1, server_sooner(wait_ms, TICK_US / 1000));
    }
    if (came(&asked, scrape))
        scrape_accept(&server->scrape);
    if (came(&asked, health))
        health_accept(&server->health);
    if (came(&asked, logged))
        server_keep_logged(server);
}

/* Nobody is there who could be sent a signal. True: it asks for the end. */
static bool asks_for_end(const struct signalfd_siginfo *info)
{
    const bool is_hangup =
        info->ssi_signo == SIGHUP && info->ssi_code == SI_KERNEL; /* the terminal is gone */
    return info->ssi_signo == SIGTERM || info->ssi_signo == SIGINT || info->ssi_signo == SIGQUIT || is_hangup;
}

bool server_idle(struct server *server, int wait_ms)
{
    const struct wait_helpers helpers = {server_helper_ended, server};
    struct signalfd_siginfo info;
    struct child_end none;
    bool is_asked = false;
    (void)wait_reap(0, server->settings.warn_reaped, &helpers, &none);
    server_wait(server, server_sooner(server_step(server), wait_ms));
    while (signals_read(&server->signals, &info)) {
        note_signal(server, &info);
        is_asked |= asks_for_end(&info);
    }
    /* Whose end the signals have told, is known to the caller when it decides whether to wait on. */
    (void)wait_reap(0, server->settings.warn_reaped, &helpers, &none);
    return is_asked;
}

/* True if it has ended. */
static bool look_at_server(struct server *server)
{
    const struct wait_helpers helpers = {server_helper_ended, server};
    const enum wait_result result =
        wait_reap(server->life.pid, server->settings.warn_reaped, &helpers, &server->life.facts.end);
    if (result == WAIT_ENDED)
        return true;
    if (cgo_hold_take(&server->life.c_stack))
        server->life.facts.c_stack = &server->life.c_stack;
    if (output_is_long(&server->life.output))
        server_cut_short(server);
    if (result != WAIT_RUNS)
        stop_with_server(server, result);
    return false;
}

void server_has_ended(struct server *server)
{
    server->life.facts.end_ns = clock_real_ns();
    server->life.ended_us = clock_us();
    server_is_down(server);
}

void server_watch(struct server *server)
{
    server_keep_life(server);
    while (!look_at_server(server)) {
        struct signalfd_siginfo info;
        server_wait(server, step(server));
        for (int i = 0; i < SIGNALS_AT_ONCE && signals_read(&server->signals, &info); i++)
            forward(server, &info);
    }
    cgo_hold_server(0);
    server_has_ended(server);
}
