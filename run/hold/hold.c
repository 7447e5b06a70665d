/* SPDX-License-Identifier: MIT */
#include "hold/hold.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "hold/requests.h"

#define BACKLOG    64
#define HANDING_US 500000
#define CLIENT_US  3000000 /* more than whoever asks waits for the answer */
#define REST_US    1000000

static int listen_on(struct hold *hold)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t number = 0;
    (void)!getrandom(&number, sizeof number,
                     GRND_NONBLOCK); /* others cannot take the name beforehand; no secret */
    snprintf(hold->name, sizeof hold->name, "crumple-run-%d-%" PRIx64, (int)getpid(), number);
    const size_t size = strlen(hold->name);
    memcpy(address.sun_path + 1, hold->name, size);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size)) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    const int error = -errno;
    (void)close(fd);
    return error;
}

void hold_begin(struct hold *ret, const struct run_settings *settings)
{
    ret->fd = ret->peers.fd = -1;
    ret->makes_helpers = !settings->no_hold;
    ret->hold_max_us = settings->hold_max_us;
    for (int i = 0; i < HOLD_CLIENTS_MAX; i++)
        ret->clients[i].fd = -1;
    if (settings->restart == RUN_RESTART_NO)
        return;
    held_begin(&ret->held);
    const int fd = listen_on(ret);
    if (fd < 0)
        say("the listening sockets cannot be held over a restart: %s", strerror(-fd));
    ret->fd = fd < 0 ? -1 : fd;
    if (fd >= 0)
        hold_peers_begin(&ret->peers);
}

bool hold_variable(const struct hold *hold, bool is_next_life, char *ret, size_t bytes)
{
    char flags[4] = "";
    size_t count = 0;
    if (hold->makes_helpers)
        flags[count++] = CRUMPLE_HOLD_FLAG_HOLD;
    if (is_next_life && hold->held.count)
        flags[count++] = CRUMPLE_HOLD_FLAG_TAKE;
    if (hold->peers.fd >= 0)
        flags[count++] = CRUMPLE_HOLD_FLAG_PEERS;
    return hold->fd >= 0 && count &&
           snprintf(ret, bytes, "%d %s %s", (int)getpid(), flags, hold->name) < (int)bytes;
}

void hold_life_began(struct hold *hold, pid_t server, const char *exe)
{
    hold_choose_noted(hold, 0);
    hold_replace_helper(hold, 0, 0);
    hold->server = server;
    hold->server_uid = geteuid();
    hold->is_released = hold->is_handing = false;
    held_forget_taken(&hold->held);
    hold_peers_life_began(&hold->peers, server, exe);
}

void hold_adopted(struct hold *hold, pid_t server)
{
    (void)hold_step(hold, clock_us()); /* it may have made a helper before this process knew of it */
    hold_choose_noted(hold, server);
    if (hold->helper_owner != server)
        hold_replace_helper(hold, 0, 0);
    hold->server =
        server; /* which may bind only now, as redis does: what is held stays until its time is over */
    hold->peers.server = server;
}

void hold_forget(struct hold *hold)
{
    if (hold->fd < 0)
        return;
    for (int i = 0; i < HOLD_CLIENTS_MAX; i++)
        if (hold->clients[i].fd >= 0) {
            (void)close(hold->clients[i].fd);
            if (hold->clients[i].lent >= 0)
                (void)close(hold->clients[i].lent);
        }
    held_close_all(&hold->held);
    (void)close(hold->fd);
    hold->fd = -1;
}

int hold_fds(const struct hold *hold, struct pollfd *ret, int max)
{
    int count = 0;
    bool has_place = false;
    if (hold->fd < 0)
        return 0;
    for (int i = 0; i < HOLD_CLIENTS_MAX && count < max; i++)
        if (hold->clients[i].fd >= 0)
            ret[count++] = (struct pollfd){.fd = hold->clients[i].fd, .events = POLLIN};
        else
            has_place = true;
    /* Else poll would say again and again that others wait. */
    if (has_place && !hold->rests_until_us && count < max)
        ret[count++] = (struct pollfd){.fd = hold->fd, .events = POLLIN};
    return count;
}

/* Of an asker that has died before its socket came: the kernel closes what is on its way. One that dies closes the connection before /proc shows
 * that it is dead; one that lives does so only when it has waited long enough, and then binds without us. */
static void take_back(struct hold *hold, const struct hold_client *client)
{
    const int64_t now_us = clock_us(), asked_us = client->deadline_us - CLIENT_US;
    const bool may_live = now_us - asked_us > CRUMPLE_HOLD_ANSWER_MS * 1000 / 2 && who_runs(client->who.pid);
    if (hold->is_released || may_live)
        (void)close(client->lent);
    else
        (void)held_add(&hold->held, client->lent, now_us + hold->hold_max_us);
}

static void end_client(struct hold *hold, struct hold_client *client)
{
    (void)close(client->fd);
    client->fd = -1;
    if (client->lent >= 0)
        take_back(hold, client);
    client->lent = -1;
}

/* A server whose question cannot be answered would be refused its own address. */
static void give_up_held(struct hold *hold)
{
    if (hold->held.count)
        say("no descriptor is free: the listening sockets cannot be handed on, and are closed");
    held_close_all(&hold->held);
}

/* Returns a descriptor, or -1. */
static int accept_one(struct hold *hold, int64_t now_us)
{
    const int fd = accept4(hold->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        give_up_held(hold);
        hold->rests_until_us = now_us + REST_US; /* poll would say it again and again */
    }
    return fd;
}

/* As many as there are places. Others wait in the kernel. */
static void accept_clients(struct hold *hold, int64_t now_us)
{
    for (int i = 0; i < HOLD_CLIENTS_MAX; i++) {
        struct hold_client *client = &hold->clients[i];
        if (client->fd >= 0)
            continue;
        client->fd = accept_one(hold, now_us);
        if (client->fd < 0)
            return;
        client->deadline_us = now_us + CLIENT_US;
        client->lent = -1;
        const int error = who_asks(client->fd, hold->server, &client->who);
        if (error && error != -EPERM)
            give_up_held(hold);
        else if (error)
            say_more("a process that the server has not started asks for its sockets: refused");
        if (error)
            end_client(hold, client);
    }
}

static void serve_clients(struct hold *hold, int64_t now_us)
{
    if (hold->rests_until_us && hold->rests_until_us <= now_us)
        hold->rests_until_us = 0;
    if (!hold->rests_until_us)
        accept_clients(hold, now_us);
    for (int i = 0; i < HOLD_CLIENTS_MAX; i++) {
        struct hold_client *client = &hold->clients[i];
        if (client->fd >= 0 && (!request_serve(hold, client, now_us) || client->deadline_us <= now_us))
            end_client(hold, client);
    }
}

static void close_due(struct hold *hold, int64_t now_us)
{
    const unsigned closed = held_close_due(&hold->held, now_us);
    const char *sockets = closed == 1 ? "socket" : "sockets";
    if (closed && hold->held.taken)
        say_more("%u listening %s closed that the new server has not asked for", closed, sockets);
    else if (closed)
        say("%u listening %s closed: the server is not back within %g s (--hold-max)", closed, sockets,
            (double)hold->hold_max_us / 1e6);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a <= 0 || (b > 0 && b < a) ? b : a;
}

bool hold_is_handed(const struct hold *hold)
{
    for (int i = 0; i < HOLD_GOING_MAX; i++)
        if (hold->going[i] && clock_us() < hold->going_ends_us)
            return false;
    return !hold->is_handing;
}

static int wait_ms(const struct hold *hold, int64_t now_us)
{
    int64_t next_us = sooner(held_next_us(&hold->held), hold->rests_until_us);
    if (hold->is_handing)
        next_us = sooner(next_us, hold->handing_ends_us);
    else if (!hold_is_handed(hold))
        next_us = sooner(next_us, hold->going_ends_us);
    for (int i = 0; i < HOLD_CLIENTS_MAX; i++)
        if (hold->clients[i].fd >= 0)
            next_us = sooner(next_us, hold->clients[i].deadline_us);
    if (next_us <= 0)
        return -1;
    return next_us <= now_us ? 0 : (int)((next_us - now_us + 999) / 1000);
}

int hold_step(struct hold *hold, int64_t now_us)
{
    if (hold->fd < 0)
        return -1;
    serve_clients(hold, now_us);
    close_due(hold, now_us);
    const int peers_ms = hold_peers_step(&hold->peers, now_us);
    if (hold->is_handing && hold->handing_ends_us <= now_us) {
        say("the hold helper %d does not end; what it has not handed over is not held", (int)hold->helper);
        hold_replace_helper(hold, 0, 0);
    }
    const int own_ms = wait_ms(hold, now_us);
    return own_ms < 0 || (peers_ms >= 0 && peers_ms < own_ms) ? peers_ms : own_ms;
}

bool hold_is_helper(const struct hold *hold, pid_t pid)
{
    for (int i = 0; i < HOLD_GOING_MAX; i++)
        if (pid && hold->going[i] == pid)
            return true;
    for (int i = 0; i < HOLD_NOTED_MAX; i++)
        if (pid && hold->noted[i].helper == pid)
            return true;
    return pid && hold->helper == pid;
}

bool hold_end_stray(struct hold *hold, pid_t pid)
{
    if (hold->fd < 0 || hold->server || hold_is_helper(hold, pid) || !who_is_stray(pid))
        return false;
    hold_kill_helper(hold, pid);
    return true;
}

bool hold_reaped(struct hold *hold, pid_t pid)
{
    if (!hold_is_helper(hold, pid))
        return hold_peers_reaped(&hold->peers, pid);
    for (int i = 0; i < HOLD_GOING_MAX; i++)
        if (hold->going[i] == pid)
            hold->going[i] = 0;
    for (int i = 0; i < HOLD_NOTED_MAX; i++)
        if (hold->noted[i].helper == pid)
            hold->noted[i] = (struct hold_noted){0};
    if (hold->helper != pid)
        return true;
    if (hold->is_handing)
        serve_clients(hold, clock_us()); /* what it has sent before its end */
    else if (hold->server)
        say_more("hold helper %d has ended", (int)pid); /* before an exec of the server's, for one */
    hold->helper = hold->helper_owner = 0;
    hold->is_handing = false;
    return true;
}

void hold_server_died(struct hold *hold, pid_t server, int64_t now_us)
{
    if (hold->fd < 0)
        return;
    serve_clients(hold, now_us); /* it may have had a helper made in its last moment */
    hold_choose_noted(hold, 0);
    hold->server = 0;
    hold->died_us = now_us;
    hold->handed = 0;
    hold->held.drops = 0;
    held_forget_taken(&hold->held);
    if (!hold->helper || hold->helper_owner != server || hold->is_released)
        return;
    hold->is_handing = true;
    hold->handing_ends_us = now_us + HANDING_US;
    (void)kill(hold->helper, SIGUSR1);
}

void hold_release(struct hold *hold)
{
    if (hold->fd < 0)
        return;
    hold_choose_noted(hold, 0);
    hold_replace_helper(hold, 0, 0);
    held_close_all(&hold->held);
    hold->is_released = true;
}

void hold_end(struct hold *hold)
{
    hold_peers_end(&hold->peers);
}

struct hold_counts hold_counts(const struct hold *hold)
{
    return (struct hold_counts){.held = hold->handed, .backlog_full = held_drops(&hold->held)};
}
