/* SPDX-License-Identifier: MIT */
/* What a server leaves when its first process ends: the daemon that it has become, or processes that must go before it starts again. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cgo/hold.h"
#include "restart/leftovers.h"
#include "server.h"

#define ASKED_US  1000000 /* then SIGKILL */
#define WAIT_US   3000000 /* one that waits for a disk does not even die of that */
#define LOOK_MS   100     /* the end of each one wakes us, too */
#define DAEMON_US 500000  /* for the child of daemon(3) to get its session */
#define DAEMON_MS 5

static struct leftover all[LEFTOVERS_MAX];

/* Of the last death. */
static struct {
    int64_t since_us;
    bool is_over;
    size_t asked_count;
    pid_t asked[LEFTOVERS_MAX]; /* once: a second SIGTERM makes some programs drop what they do */
} leaving;

/* An entrypoint may have started others, before it became crumple-run by exec: children of this process, and none of the server's. */
static struct leftover earlier[LEFTOVERS_MAX];
static size_t earlier_count;

void server_note_earlier(struct server *server)
{
    const struct leftovers_of of = {.self = getpid(), .run_id = server->run_id};
    earlier_count = leftovers_find(&of, earlier, LEFTOVERS_MAX);
}

/* 'crumple metrics' is not called crumple-something, and neither is the operator's command. */
static bool is_helper(const struct server *server, pid_t pid)
{
    for (int i = 0; i < HTTP_ANSWERS_MAX; i++)
        if (server->scrape.pids[i] == pid || server->health.http.pids[i] == pid)
            return true;
    return server->hook.pid == pid || server->life.dumper == pid || hold_is_helper(&server->hold, pid);
}

/* A hold helper that its server had no time to name is ended here, and not asked like the server's own processes. */
static bool is_other(void *context, const struct leftover *one)
{
    struct server *server = context;
    for (size_t i = 0; i < earlier_count; i++)
        if (earlier[i].pid == one->pid && earlier[i].start == one->start)
            return true;
    return is_helper(server, one->pid) || hold_end_stray(&server->hold, one->pid);
}

static size_t find(struct server *server)
{
    const struct leftovers_of of = {.self = getpid(),
                                    .server = server->life.pid,
                                    .run_id = server->run_id,
                                    .is_other = is_other,
                                    .context = server};
    return leftovers_find(&of, all, LEFTOVERS_MAX);
}

static int stop_signal(const struct server *server)
{
    const char *exe = server->life.facts.exe, *slash = strrchr(exe, '/');
    return server->settings.stop_signal ? server->settings.stop_signal
                                        : leftovers_signal(slash ? slash + 1 : exe);
}

static bool was_asked(pid_t pid)
{
    for (size_t i = 0; i < leaving.asked_count; i++)
        if (leaving.asked[i] == pid)
            return true;
    if (leaving.asked_count < LEFTOVERS_MAX)
        leaving.asked[leaving.asked_count++] = pid;
    return false;
}

int server_end_leftovers(struct server *server, int64_t since_us)
{
    if (leaving.since_us != since_us) {
        leaving.since_us = since_us;
        leaving.asked_count = 0;
        leaving.is_over = false;
    }
    if (leaving.is_over)
        return -1;
    const int64_t past_us = clock_us() - since_us;
    const size_t count = find(server);
    const int signo = stop_signal(server);
    for (size_t i = 0; i < count; i++) {
        if (past_us >= ASKED_US)
            (void)kill(all[i].pid, SIGKILL);
        else if (!was_asked(all[i].pid))
            (void)kill(all[i].pid, signo);
    }
    if (count && past_us >= WAIT_US)
        say("%zu processes that the server has left do not end", count);
    leaving.is_over = !count || past_us >= WAIT_US;
    return leaving.is_over ? -1 : LOOK_MS;
}

static void adopt(struct server *server, pid_t pid)
{
    struct server_life *life = &server->life;
    struct end_facts *facts = &life->facts;
    server_end_life(server);
    server_leave_keeper(server);
    say("'%s' has become a daemon: process %d is the server from now on", server->settings.command[0],
        (int)pid);
    life->pid = facts->pid = pid;
    facts->start_ns = clock_real_ns();
    facts->end = (struct child_end){0};
    cgo_hold_server(pid);
    hold_adopted(&server->hold, pid);
    server_is_up(server);
    static const int asked[] = {SIGTERM, SIGINT, SIGQUIT}; /* while nobody was there */
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (life->asked_ns[asked[i]])
            (void)kill(pid, asked[i]);
}

bool server_adopt(struct server *server)
{
    const struct end_facts *facts = &server->life.facts;
    const int64_t until_us = clock_us() + DAEMON_US;
    if (facts->end.by_signal || facts->end.status != 0 || !facts->pid ||
        restart_is_asked(&facts->end, server->life.asked_ns, facts->end_ns))
        return false;
    for (size_t count; (count = find(server)) > 0 && clock_us() < until_us;) {
        const struct leftover *daemon = leftovers_daemon(all, count, getsid(0));
        if (daemon) {
            adopt(server, daemon->pid);
            return true;
        }
        (void)server_idle(server, DAEMON_MS);
    }
    return false;
}
