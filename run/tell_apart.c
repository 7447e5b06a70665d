/* SPDX-License-Identifier: MIT */
/*
 * The end of a life is told in a process of its own, and the next life starts meanwhile. The process is a copy of crumple-run as it was
 * at the death: it has what the guards kept, and asks them for the rest. When the next life has started, it writes the event of the
 * restart, which names the bundle.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/say.h"
#include "cgo/hold.h"
#include "server.h"
#include "tell/restarted.h"

void server_leave_life(struct server *server)
{
    struct server_life *life = &server->life;
    for (int i = 0; i < 2; i++) {
        server_retire(server, life->output.streams[i].guard);
        life->output.streams[i].guard = 0;
        if (life->logged[i] >= 0)
            (void)close(life->logged[i]);
        life->logged[i] = -1;
    }
    output_end(&life->output);
    cgo_memory_release(&life->c_stack);
    life->facts.c_stack = NULL;
    cgo_hold_end();
    server_leave_keeper(server);
    server_retire(server, life->logger);
    if (life->is_dumping)
        server_retire(server, life->dumper);
    life->logger = 0;
    life->is_dumping = false;
}

/* Sockets that are held, or wait for whoever asks, belong to crumple-run: a copy would take connections that nobody serves. */
static void close_others(const struct server *server, int note_fd)
{
    const struct server_life *life = &server->life;
    const int kept[] = {life->output.streams[0].control,
                        life->output.streams[1].control,
                        life->logged[0],
                        life->logged[1],
                        life->keeper_fd,
                        server->signals.fd,
                        note_fd};
    descriptors_close_but(kept, sizeof kept / sizeof *kept);
}

/* Those of crumple-run are no children of this process: it waits for none. */
static void forget_helpers(struct server *server)
{
    server->hook = (struct hook){0};
    server->life.is_dumping = false;
    memset(server->tellers, 0, sizeof server->tellers);
}

static bool receive(int fd, struct restart_note *ret)
{
    ssize_t got;
    do
        got = read(fd, ret, sizeof *ret);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *ret;
}

static _Noreturn void tell(struct server *server, int note_fd)
{
    struct restart_note note;
    (void)prctl(PR_SET_NAME, "crumple-tell");
    close_others(server, note_fd);
    forget_helpers(server);
    server_tell_life(server);
    if (server->is_followed && receive(note_fd, &note))
        restarted_tell(&server->life.facts, &server->since_start, &note);
    _exit(0);
}

void server_tell_apart(struct server *server)
{
    struct server_teller *place = server_teller_place(server);
    int ends[2] = {-1, -1};
    pid_t pid = place && pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid == 0) {
        (void)close(ends[1]);
        tell(server, ends[0]);
    }
    if (ends[0] >= 0)
        (void)close(ends[0]);
    if (!place) {
        say("the end of '%s' leaves no report: %d others are still being told", server->life.facts.exe,
            TELLERS_MAX);
        server_end_life(server);
    } else if (pid > 0) {
        *place = (struct server_teller){pid, ends[1]};
    } else {
        if (ends[1] >= 0)
            (void)close(ends[1]);
        server_tell_life(server);
    }
    server_leave_life(server);
}

void server_tell_limit(struct server *server)
{
    struct server_teller *place = server_teller_place(server);
    const struct restart_note note = {
        .time_ns = clock_real_ns(), .is_limit = true, .restarts = server->restarts.total};
    pid_t pid = server->is_followed && place ? fork() : -1;
    if (pid == 0) {
        (void)prctl(PR_SET_NAME, "crumple-tell");
        restarted_tell(&server->life.facts, &server->since_start, &note);
    }
    if (pid > 0)
        *place = (struct server_teller){pid, -1};
}
