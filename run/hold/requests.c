/* SPDX-License-Identifier: MIT */
#include "hold/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "hold/message.h"

#define AT_ONCE  8       /* requests of one connection, before others have their turn */
#define GOING_US 2000000 /* a process in the kernel dies when its call is over */

void hold_kill_helper(struct hold *hold, pid_t pid)
{
    (void)kill(pid, SIGKILL);
    hold->going_ends_us = clock_us() + GOING_US;
    for (int i = 0; i < HOLD_GOING_MAX; i++)
        if (!hold->going[i]) {
            hold->going[i] = pid;
            return;
        }
}

void hold_choose_noted(struct hold *hold, pid_t owner)
{
    for (int i = 0; i < HOLD_NOTED_MAX; i++) {
        const struct hold_noted noted = hold->noted[i];
        hold->noted[i] = (struct hold_noted){0};
        if (noted.helper && noted.owner == owner)
            hold_replace_helper(hold, noted.helper, owner);
        else if (noted.helper)
            hold_kill_helper(hold, noted.helper);
    }
}

void hold_replace_helper(struct hold *hold, pid_t helper, pid_t owner)
{
    const pid_t before = hold->helper;
    hold->is_handing = false;
    hold->helper = helper;
    hold->helper_owner = owner;
    if (before && before != helper)
        hold_kill_helper(hold, before);
}

/* Several may ask, before this process knows which of them is the server: workers may be session leaders, too. */
static int note_daemon(struct hold *hold, pid_t helper, pid_t owner)
{
    for (int i = 0; i < HOLD_NOTED_MAX && helper; i++)
        if (!hold->noted[i].helper) {
            hold->noted[i] = (struct hold_noted){helper, owner};
            return 0;
        }
    return -EPERM;
}

/* The server's own process makes a helper before main, and again in a program that it executes. A process that it has left may be a daemon, if
 * the server ended as those do that start one: of a master that was killed, workers remain. */
static int answer_helper(struct hold *hold, const struct who *who, pid_t helper)
{
    const bool is_own = hold->server && who->pid == hold->server;
    if (hold->is_released)
        return -ESHUTDOWN;
    if (!is_own && (!hold->server || !who_may_have_left_a_daemon(hold->server) || !who_is_adopted(who) ||
                    !who_is_of_server(who, hold->server, hold->server_uid)))
        return -EPERM;
    if (helper && (!hold->makes_helpers || !who_has_helper(who, helper)))
        return -EINVAL;
    say_more("hold helper %d of process %d", (int)helper, (int)who->pid);
    if (!is_own)
        return note_daemon(hold, helper, who->pid);
    hold->server_uid = who->uid;
    hold_replace_helper(hold, helper, helper ? who->pid : 0);
    return 0;
}

static int hand(struct hold *hold, int fd)
{
    int descriptors[CRUMPLE_HOLD_DESCRIPTORS];
    bool is_cut = false;
    const size_t count = message_take(fd, descriptors, &is_cut);
    for (size_t i = 0; i < count; i++)
        hold->handed += held_add(&hold->held, descriptors[i], hold->died_us + hold->hold_max_us);
    if (is_cut)
        say("not all listening sockets could be held: this process has no descriptor free");
    return 0;
}

/* Returns the answer's status, and may give it a descriptor to bring. */
static int take(struct hold *hold, struct crumple_hold_key *wanted, struct held **ret)
{
    if (!key_normalise(wanted))
        return -ENOENT;
    *ret = held_find(&hold->held, wanted);
    return *ret ? 0 : -ENOENT;
}

static void end_loan(struct hold_client *client)
{
    if (client->lent >= 0)
        (void)close(client->lent);
    client->lent = -1;
}

/* The socket is the asker's as soon as it has come: this process's copy would outlive a close of the server's. */
static int answer_take(struct hold *hold, struct hold_client *client, struct crumple_hold_key *wanted,
                       int64_t now_us)
{
    struct held *held = NULL;
    const int status = take(hold, wanted, &held);
    const int error = message_answer(client->fd, status, held ? held->fd : -1);
    if (held && !error) {
        end_loan(client);
        client->lent = fcntl(held->fd, F_DUPFD_CLOEXEC, 0);
        held_taken(&hold->held, held, now_us);
    }
    return error;
}

/* Anybody of the server's user may ask for a name or an address. Only the helper may hand over, and only when it was asked to. Returns 0 or the
 * error that ends the connection. */
static int answer(struct hold *hold, struct hold_client *client, struct crumple_hold_request *request,
                  int64_t now_us)
{
    const struct who *who = &client->who;
    const bool is_of_server = hold->server && who_is_of_server(who, hold->server, hold->server_uid);
    if (request->kind == CRUMPLE_HOLD_HAND) {
        if (!hold->is_handing || who->pid != hold->helper)
            return -EPERM;
        return message_answer(client->fd, hand(hold, client->fd), -1);
    }
    message_drop(client->fd);
    if (request->kind == CRUMPLE_HOLD_TAKEN) {
        end_loan(client);
        return 0;
    }
    if (request->kind == CRUMPLE_HOLD_HELPER) {
        const int status = answer_helper(hold, who, request->helper);
        return message_answer(client->fd, status, status ? -1 : hold->peers.fd);
    }
    if (!is_of_server)
        return message_answer(client->fd, -EPERM, -1);
    if (!hold->held.count)
        return message_answer(client->fd, -ENODATA, -1);
    if (request->kind == CRUMPLE_HOLD_TAKE)
        return answer_take(hold, client, &request->key, now_us);
    const bool has_name = held_has_name(&hold->held, request->device, request->inode);
    return message_answer(client->fd, has_name ? 0 : -ENOENT, -1);
}

bool request_serve(struct hold *hold, struct hold_client *client, int64_t now_us)
{
    struct crumple_hold_request request;
    int error = 0;
    for (int i = 0; i < AT_ONCE && !error; i++) {
        error = message_look(client->fd, &request);
        if (!error)
            error = answer(hold, client, &request, now_us);
    }
    if (error == -EPROTO || error == -EPERM)
        say_more("a request of process %d for the server's sockets: refused", (int)client->who.pid);
    return !error || error == -EAGAIN;
}
