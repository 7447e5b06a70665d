/* SPDX-License-Identifier: MIT */
#include "watch/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The guard's descriptors. */
enum { FROM = 0, TO = 1, CONTROL = 2, FIRST_OTHER = 3 };

#define CHUNK_BYTES 16384
#define SETTLE_MS   20 /* what a terminal's slave was given reaches its master by a kernel worker */

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

/* Passes one piece on. Ends at the end of the stream. */
static void pass(struct ring *ring)
{
    static char bytes[CHUNK_BYTES];
    ssize_t got = read(FROM, bytes, sizeof bytes);
    if (got > 0) {
        ring_add(ring, bytes, (size_t)got);
        write_all(bytes, (size_t)got);
    } else if (got == 0 ||
               (errno != EINTR && errno != EAGAIN)) { /* EIO: of a terminal, the last slave is closed */
        _exit(GUARD_END);
    }
}

/* The question is a byte, and so is the answer. Without a questioner the guard goes on. */
static void answer(struct pollfd *control)
{
    char byte;
    if (read(CONTROL, &byte, 1) != 1 || write(CONTROL, &byte, 1) != 1)
        control->fd = -1;
}

static _Noreturn void guard(struct ring *ring, int settle_ms)
{
    struct pollfd fds[] = {{.fd = FROM, .events = POLLIN}, {.fd = CONTROL, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents) {
            pass(ring);
        } else if (fds[1].revents) {
            if (settle_ms && poll(fds, 1, settle_ms) > 0)
                continue;
            answer(&fds[1]);
        }
    }
}

/* In the new process: only these descriptors, no signal, no folder held. */
static void settle_in(int from, int to, int control)
{
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)setsid();
    (void)prctl(PR_SET_NAME, "crumple-guard");
    int copies[] = {fcntl(from, F_DUPFD, FIRST_OTHER), fcntl(to, F_DUPFD, FIRST_OTHER),
                    fcntl(control, F_DUPFD, FIRST_OTHER)};
    for (int i = FROM; i < FIRST_OTHER; i++)
        if (dup2(copies[i], i) < 0)
            _exit(GUARD_CLOSED);
    if (syscall(SYS_close_range, FIRST_OTHER, ~0U, 0) < 0) /* before Linux 5.9 */
        for (int fd = FIRST_OTHER; fd < 1024; fd++)
            (void)close(fd);
    (void)!chdir("/");
}

pid_t guard_start(const struct stream *stream, int to, struct ring *ring, int *ret_control)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        settle_in(stream->ours, to, pair[1]);
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

void guard_wait_idle(int control, int limit_ms)
{
    struct pollfd answered = {.fd = control, .events = POLLIN};
    char byte = 0;
    if (send(control, &byte, 1, MSG_NOSIGNAL) == 1)
        (void)poll(&answered, 1, limit_ms);
}
