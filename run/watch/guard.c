/* SPDX-License-Identifier: MIT */
#include "watch/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <linux/sched/types.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "cgo/hold.h"
#include "watch/logged.h"

/* The guard's descriptors. */
enum { FROM = 0, TO = 1, CONTROL = 2, LOGGED = 3 };

#define CHUNK_BYTES 16384
/* A terminal's buffer holds half of it (tty_buffer.c). */
#define TERMINAL_BYTES 131072
#define SLICE_NS       100000
#define SETTLE_MS      20 /* what a terminal's slave was given reaches its master by a kernel worker */

static void write_all(const char *bytes, size_t count)
{
    while (count) {
        ssize_t put = write(TO, bytes, count);
        if (put >= 0) {
            bytes += put;
            count -= (size_t)put;
        } else if (errno == EAGAIN) { /* whoever shares the descriptor has made it so */
            struct pollfd to = {.fd = TO, .events = POLLOUT};
            (void)poll(&to, 1, -1);
        } else if (errno == EPIPE || errno == EIO || errno == ECONNRESET) {
            _exit(GUARD_CLOSED);
        } else if (errno != EINTR) {
            return; /* a full disk: these bytes are lost, as they would be without us */
        }
    }
}

/* Passes one piece on, and returns its size. Ends at the end of the stream. */
static size_t pass(struct ring *ring)
{
    static char bytes[CHUNK_BYTES];
    ssize_t got = read(FROM, bytes, sizeof bytes);
    if (got > 0) {
        ring_add(ring, bytes, (size_t)got);
        cgo_hold_feed(bytes, (size_t)got);
        write_all(bytes, (size_t)got);
        logged_feed(bytes, (size_t)got);
    } else if (got == 0 ||
               (errno != EINTR && errno != EAGAIN)) { /* EIO: of a terminal, the last slave is closed */
        _exit(GUARD_END);
    }
    return got > 0 ? (size_t)got : 0;
}

/* What is there by now, at most: a process that the server has left may write for ever. A terminal does not tell how
 * much it holds. */
static void pass_rest(struct ring *ring, int settle_ms)
{
    struct pollfd from = {.fd = FROM, .events = POLLIN};
    int rest = 0;
    if (settle_ms)
        rest = TERMINAL_BYTES;
    else
        (void)ioctl(FROM, FIONREAD, &rest);
    while (rest > 0 && poll(&from, 1, settle_ms) > 0)
        rest -= (int)pass(ring);
}

/* The question is a byte, and so is the answer. Without a questioner the guard goes on. */
static void answer(struct pollfd *control, struct ring *ring, int settle_ms)
{
    char byte;
    if (read(CONTROL, &byte, 1) == 1) {
        pass_rest(ring, settle_ms);
        if (write(CONTROL, &byte, 1) == 1)
            return;
    }
    control->fd = -1;
}

static _Noreturn void guard(struct ring *ring, int settle_ms)
{
    struct pollfd fds[] = {{.fd = FROM, .events = POLLIN}, {.fd = CONTROL, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents)
            answer(&fds[1], ring, settle_ms);
        else if (fds[0].revents)
            (void)pass(ring);
    }
}

/*
 * A pipe's writer wakes its reader on its own processor (wake_up_interruptible_sync_poll), which then waits for the end of the
 * writer's slice: too late for cgo/hold. A slice of our own that is shorter goes first (Linux 6.12; older ones ignore it).
 */
static void be_quick(void)
{
    const struct sched_attr attr = {
        .size = SCHED_ATTR_SIZE_VER0, .sched_nice = getpriority(PRIO_PROCESS, 0), .sched_runtime = SLICE_NS};
    (void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

/* In the new process: only these descriptors, no signal, no folder held. No other one is made, since the limit may be
 * reached: 'to' is stdout or stderr, and the others lie behind. */
static void settle_in(int from, int to, int control, int logged)
{
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)setsid();
    be_quick();
    (void)prctl(PR_SET_NAME, "crumple-guard");
    if (dup2(from, FROM) < 0 || dup2(to, TO) < 0 || dup2(control, CONTROL) < 0)
        _exit(GUARD_CLOSED);
    const bool is_looked_for = logged >= 0 && dup2(logged, LOGGED) >= 0;
    logged_begin(is_looked_for ? LOGGED : -1, to);
    descriptors_close_from(is_looked_for ? LOGGED + 1 : LOGGED);
    (void)!chdir("/");
}

pid_t guard_start(const struct stream *stream, int to, struct ring *ring, int logged, int *ret_control)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        settle_in(stream->ours, to, pair[1], logged);
        guard(ring, stream->kind == STREAM_TERMINAL ? SETTLE_MS : 0);
    }
    int error = errno;
    (void)close(pair[1]);
    if (pid < 0)
        (void)close(pair[0]);
    else
        *ret_control = pair[0];
    return pid < 0 ? -error : pid;
}

bool guard_ask(int control)
{
    char byte = 0;
    return send(control, &byte, 1, MSG_NOSIGNAL) == 1;
}
