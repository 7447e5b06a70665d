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

void server_follow(struct server *server)
{
    const struct run_settings *settings = &server->settings;
    if (server->is_followed && (settings->on_bundle || settings->termination_log))
        (void)directory_visit(end_settings()->dir, follow_directory, &server->follow);
}

bool server_helper_ended(void *context, pid_t pid, int wait_status)
{
    struct server *server = context;
    if (server_keeper_ended(server, pid, WIFSIGNALED(wait_status)))
        return true;
    if (pid == server->dumper) {
        server->is_dumping = false;
        return true;
    }
    if (server_logger_ended(server, pid))
        return true;
    return output_reaped(&server->output, pid, wait_status) || hook_reaped(&server->hook, pid, wait_status) ||
           scrape_reaped(&server->scrape, pid);
}

static void forward(struct server *server, const struct signalfd_siginfo *info)
{
    const int signo = (int)info->ssi_signo;
    const struct signals_place place = {.self = getpid(),
                                        .server = server->pid,
                                        .own_group = server->own_group,
                                        .is_leader = getsid(0) == getpid()};
    if (signo < END_SIGNALS && info->ssi_pid != (uint32_t)getpid())
        server->facts.sent_ns[signo] = clock_real_ns();
    pid_t to = server->settings.group ? -server->pid : server->pid;
    /* The server may have heard of it from the terminal, before its own had the new size. */
    bool is_again = signo == SIGWINCH && output_resize(&server->output);
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
    if (why == WAIT_NO_TERMINAL && server->own_group && child_give_terminal(server->pid)) {
        (void)kill(-server->pid, SIGCONT);
        return;
    }
    (void)kill(getpid(), SIGSTOP);
    if (server->own_group)
        (void)child_give_terminal(server->pid);
}

/* The sooner of two waits; -1 is none. */
static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Does what is due. Returns the milliseconds until the next; -1: nothing is. */
static int step(struct server *server, int64_t *next_tick_us)
{
    int wait_ms = sooner(hook_step(&server->hook), server_stop_dump(server));
    wait_ms = sooner(wait_ms, server_look_at_build(server));
    if (!server->settings.on_bundle)
        return wait_ms;
    int64_t now = clock_us();
    if (now >= *next_tick_us) {
        server_follow(server);
        *next_tick_us = now + TICK_US;
        wait_ms = sooner(wait_ms, hook_step(&server->hook));
    }
    return sooner(wait_ms, (int)((*next_tick_us - now) / 1000) + 1);
}

void server_watch(struct server *server)
{
    const struct wait_helpers helpers = {server_helper_ended, server};
    struct pollfd fds[] = {{.fd = server->signals.fd, .events = POLLIN},
                           {.fd = -1, .events = POLLIN},
                           {.fd = -1, .events = POLLIN}};
    int64_t next_tick_us = clock_us() + TICK_US;
    server_keep_life(server);
    for (;;) {
        struct signalfd_siginfo info;
        enum wait_result result =
            wait_reap(server->pid, server->settings.warn_reaped, &helpers, &server->facts.end);
        if (result == WAIT_ENDED) {
            cgo_hold_server(0);
            return;
        }
        if (cgo_hold_take(&server->c_stack))
            server->facts.c_stack = &server->c_stack;
        if (output_is_long(&server->output))
            server_cut_short(server);
        if (result != WAIT_RUNS)
            stop_with_server(server, result);
        int rest_ms = scrape_rest(&server->scrape);
        fds[1].fd = rest_ms < 0 ? server->scrape.fd : -1;
        fds[2].fd = server_logged_fd(server);
        (void)poll(fds, 3, sooner(step(server, &next_tick_us), rest_ms));
        for (int i = 0; i < SIGNALS_AT_ONCE && signals_read(&server->signals, &info); i++)
            forward(server, &info);
        if (fds[1].revents)
            scrape_accept(&server->scrape);
        if (fds[2].fd >= 0 && fds[2].revents)
            server_keep_logged(server);
    }
}
