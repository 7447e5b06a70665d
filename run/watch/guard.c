/* SPDX-License-Identifier: MIT */
#include "watch/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <linux/sched/types.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "cgo/hold.h"
#include "watch/logged.h"

/* The guard's descriptors. */
enum { FROM = 0, TO = 1, CONTROL = 2, LOGGED = 3 };

/* Its questions: the server has ended, or it has ended as Go's runtime ends a process. */
enum { GUARD_ASKS = 'e', GUARD_ASKS_GO = 'g' };

#define CHUNK_BYTES 16384
/* A terminal's buffer holds half of it (tty_buffer.c). */
#define TERMINAL_BYTES 131072
#define SLICE_NS       100000
/* A pipe is full when each page is used, the first and the last one in part (fs/pipe.c: pipe_write). */
#define PAGE_BYTES 4096
#define REST_MS    200 /* for the rest of a write that the pipe had no room for */
#define SETTLE_MS  20  /* what a terminal's slave was given reaches its master by a kernel worker */

#define GATHER_US 1000
/* The server's end of the stream is closed before crumple-run knows of the server's end, which tells what becomes of what is held back. */
#define VERDICT_MS 2000
#define LONG_MS    1000 /* for crumple-run to look at the server; nothing is read meanwhile */

struct passage {
    struct guard_memory memory;
    int settle_ms;
    pid_t run;
    int64_t waited_us; /* for the reader behind: no time in which the server could have gone on */
    struct pollfd control;
    char asked;            /* the question that is being answered; 0: none */
    int pipe_room;         /* bytes that the server's pipe takes; 0: it is no pipe */
    int64_t rest_until_ms; /* whoever found the pipe full is still in its write until then */
    size_t used;           /* of a line that has been read, and goes on */
    char bytes[CHUNK_BYTES];
};

static int64_t now_ms(const struct passage *passage)
{
    return (clock_us() - passage->waited_us) / 1000;
}

/* A pipe takes so much at once or not at all (pipe(7)), and lines of others come between two writes: crumple's, too. */
static size_t piece(const char *bytes, size_t count)
{
    if (count <= PIPE_BUF)
        return count;
    const char *end = memrchr(bytes, '\n', PIPE_BUF);
    if (!end) /* a longer line is no whole one without us either */
        end = memchr(bytes + PIPE_BUF, '\n', count - PIPE_BUF);
    return end ? (size_t)(end - bytes) + 1 : count;
}

static void write_all(const char *bytes, size_t count)
{
    while (count) {
        ssize_t put = write(TO, bytes, piece(bytes, count));
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

static void pass_on(void *context, const char *bytes, size_t count)
{
    struct passage *passage = context;
    const int64_t begin_us = clock_us();
    ring_add(passage->memory.ring, bytes, count);
    write_all(bytes, count);
    passage->waited_us += clock_us() - begin_us;
}

static void end_filter(struct passage *passage, bool is_go_end)
{
    const struct dump_sink sink = {pass_on, passage};
    if (passage->memory.filter)
        dump_filter_end(passage->memory.filter, is_go_end, now_ms(passage), &sink);
}

static void pass_bytes(struct passage *passage, const char *bytes, size_t count)
{
    const struct dump_sink sink = {pass_on, passage};
    cgo_hold_feed(bytes, count);
    if (passage->memory.filter)
        dump_filter_feed(passage->memory.filter, bytes, count, now_ms(passage), &sink);
    else
        pass_on(passage, bytes, count);
    logged_feed(bytes, count);
}

static void pass_used(struct passage *passage)
{
    const size_t count = passage->used;
    passage->used = 0;
    if (count)
        pass_bytes(passage, passage->bytes, count);
}

/* Nobody has the server's end open any more. */
static _Noreturn void end(struct passage *passage)
{
    const struct dump_filter *filter = passage->memory.filter;
    pass_used(passage);
    if (!passage->asked && filter && filter->is_held && !filter->is_off &&
        poll(&passage->control, 1, VERDICT_MS) == 1)
        (void)!read(CONTROL, &passage->asked, 1);
    end_filter(passage, passage->asked == GUARD_ASKS_GO);
    _exit(GUARD_END);
}

static void look_for_full_pipe(struct passage *passage, size_t got)
{
    int left = 0;
    if (passage->pipe_room && ioctl(FROM, FIONREAD, &left) == 0 &&
        left + (int)got > passage->pipe_room - 2 * PAGE_BYTES)
        passage->rest_until_ms = now_ms(passage) + REST_MS;
}

/* The last line of a piece that fills the room, or that ends in the middle of a write, goes on in the next piece: it waits for that. */
static size_t whole_lines(struct passage *passage, size_t count)
{
    struct pollfd from = {.fd = FROM, .events = POLLIN};
    const char *end = memrchr(passage->bytes, '\n', count);
    const size_t whole = end ? (size_t)(end - passage->bytes) + 1 : count;
    const int64_t wait_ms = passage->asked ? 0 : passage->rest_until_ms - now_ms(passage);
    if (whole == count || (count < CHUNK_BYTES && wait_ms <= 0))
        return count;
    return poll(&from, 1, wait_ms > 0 ? (int)wait_ms : 0) == 1 && (from.revents & POLLIN) ? whole : count;
}

/* Reads one piece, passes it on, and returns its size. Ends at the end of the stream. */
static size_t pass(struct passage *passage)
{
    ssize_t got = read(FROM, passage->bytes + passage->used, CHUNK_BYTES - passage->used);
    if (got <= 0) {
        if (got == 0 ||
            (errno != EINTR && errno != EAGAIN)) /* EIO: of a terminal, the last slave is closed */
            end(passage);
        return 0;
    }
    const size_t count = passage->used + (size_t)got;
    if (count == CHUNK_BYTES)
        look_for_full_pipe(passage, (size_t)got);
    const size_t whole = whole_lines(passage, count);
    pass_bytes(passage, passage->bytes, whole);
    passage->used = count - whole;
    memmove(passage->bytes, passage->bytes + whole, passage->used);
    return (size_t)got;
}

/* What is there by now, at most: a process that the server has left may write for ever. A terminal does not tell how
 * much it holds. */
static void pass_rest(struct passage *passage)
{
    struct pollfd from = {.fd = FROM, .events = POLLIN};
    int rest = 0;
    if (passage->settle_ms)
        rest = TERMINAL_BYTES;
    else
        (void)ioctl(FROM, FIONREAD, &rest);
    while (rest > 0 && poll(&from, 1, passage->settle_ms) > 0)
        rest -= (int)pass(passage);
    pass_used(passage);
}

/* The question is a byte, and so is the answer. Without a questioner the guard goes on, and holds nothing back: nobody is there to
 * keep it. */
static void answer(struct passage *passage)
{
    if (read(CONTROL, &passage->asked, 1) == 1) {
        pass_rest(passage);
        end_filter(passage, passage->asked == GUARD_ASKS_GO);
        if (write(CONTROL, &passage->asked, 1) == 1)
            return;
    }
    passage->control.fd = -1;
    end_filter(passage, false);
}

static void tick(struct passage *passage)
{
    const struct dump_sink sink = {pass_on, passage};
    if (passage->memory.filter)
        dump_filter_tick(passage->memory.filter, now_ms(passage), &sink);
}

/* Go prints word by word: a reader as fast as its writer would be woken for each. */
static void gather(const struct dump_filter *filter, size_t got)
{
    if (got < CHUNK_BYTES / 2 && filter && filter->is_sure && filter->state != DUMP_NONE && !filter->is_off)
        (void)usleep(GATHER_US);
}

/* SIGCHLD wakes crumple-run. If it ends the server, the question of the end comes. */
static void ask_for_end(struct passage *passage)
{
    if (getppid() != passage->run || !passage->memory.is_long)
        return;
    atomic_store(passage->memory.is_long, true);
    (void)kill(passage->run, SIGCHLD);
    if (poll(&passage->control, 1, LONG_MS) == 0)
        passage->memory.filter->is_declined = true;
    else
        passage->memory.filter->is_ended = true;
    atomic_store(passage->memory.is_long, false);
}

static _Noreturn void guard(struct passage *passage)
{
    const struct dump_filter *filter = passage->memory.filter;
    for (;;) {
        struct pollfd fds[] = {{.fd = FROM, .events = POLLIN}, passage->control};
        int ready = poll(fds, 2, filter ? dump_filter_wait(filter, now_ms(passage)) : -1);
        if (ready == 0)
            tick(passage);
        if (ready <= 0)
            continue;
        if (fds[1].revents)
            answer(passage);
        else if (filter && dump_filter_is_long(filter, now_ms(passage)))
            ask_for_end(passage);
        else if (fds[0].revents)
            gather(filter, pass(passage));
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

pid_t guard_start(const struct stream *stream, int to, const struct guard_memory *memory, int *ret_control)
{
    const pid_t run = getpid();
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        struct passage passage = {.memory = *memory,
                                  .settle_ms = stream->kind == STREAM_TERMINAL ? SETTLE_MS : 0,
                                  .run = run,
                                  .control = {.fd = CONTROL, .events = POLLIN}};
        settle_in(stream->ours, to, pair[1], memory->logged);
        passage.pipe_room = stream->kind == STREAM_PIPE ? fcntl(FROM, F_GETPIPE_SZ) : 0;
        guard(&passage);
    }
    int error = errno;
    (void)close(pair[1]);
    if (pid < 0)
        (void)close(pair[0]);
    else
        *ret_control = pair[0];
    return pid < 0 ? -error : pid;
}

bool guard_ask(int control, bool is_go_end)
{
    char byte = is_go_end ? GUARD_ASKS_GO : GUARD_ASKS;
    return send(control, &byte, 1, MSG_NOSIGNAL) == 1;
}
