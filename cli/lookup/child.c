/* SPDX-License-Identifier: MIT */
/* The child of a look-up: see lookup/child.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lookup/child.h"
#include "screen/out.h"
#include "base/time.h"

#define SECONDS_MAX 60
#define BYTES_MAX   (UINT64_C(2) << 30) /* of the child's memory */
#define OUTPUT_MAX  (64u << 20)
#define BLOCK       65536

static void limit(int what, uint64_t most)
{
    const struct rlimit both = {most, most};

    (void)setrlimit(what, &both); /* a lower limit that stands already is as good */
}

__attribute__((noreturn)) static void run_child(int out, lookup_child_work *work, void *context)
{
    FILE *to = fdopen(out, "w");

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* the parent waits no longer, and may not send signals from inside its sandbox */
    signal(SIGALRM, SIG_DFL);
    alarm(SECONDS_MAX);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, SECONDS_MAX);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory counts as data */
    limit(RLIMIT_DATA, BYTES_MAX);
#endif
    signal(SIGPIPE, SIG_DFL);
    if (to) {
        work(to, context);
        fclose(to);
    }
    _exit(to ? 0 : 1);
}

struct lines_buffer {
    char *text;
    size_t len, room;
};

/* Append what can be read now. Returns 1, 0 at the end, or a negative errno. */
static int read_more(int in, struct lines_buffer *buffer)
{
    if (buffer->room - buffer->len < BLOCK) {
        char *grown = realloc(buffer->text, buffer->room + 4 * BLOCK);

        if (!grown)
            return -ENOMEM;
        buffer->text = grown;
        buffer->room += 4 * BLOCK;
    }
    ssize_t n = read(in, buffer->text + buffer->len, BLOCK);
    if (n < 0)
        return errno == EINTR ? 1 : -errno;
    buffer->len += (size_t)n;
    return n > 0;
}

/* Hand on every whole line. */
static int take_lines(struct lines_buffer *buffer, lookup_child_take *take, void *context)
{
    size_t begin = 0;
    int error = 0;

    while (error == 0) {
        const char *end = memchr(buffer->text + begin, '\n', buffer->len - begin);

        if (!end)
            break;
        error = take(buffer->text + begin, (size_t)(end - buffer->text) - begin, context);
        begin = (size_t)(end - buffer->text) + 1;
    }
    memmove(buffer->text, buffer->text + begin, buffer->len - begin);
    buffer->len -= begin;
    return error;
}

static int read_lines(int in, lookup_child_take *take, void *context)
{
    int64_t deadline_us = when_clock_us() + SECONDS_MAX * INT64_C(1000000);
    struct lines_buffer buffer = {0};
    size_t total = 0;
    int more = 1; /* 0: the end, negative: an error */

    while (more > 0) {
        struct pollfd poll_in = {.fd = in, .events = POLLIN};
        int64_t left_ms = (deadline_us - when_clock_us()) / 1000;

        more = left_ms <= 0 || total > OUTPUT_MAX ? -ETIME : poll(&poll_in, 1, (int)left_ms);
        if (more < 0 && more != -ETIME)
            more = errno == EINTR ? 1 : -errno;
        else if (more == 0)
            more = 1; /* the deadline decides */
        else if (more > 0) {
            size_t before = buffer.len;

            more = read_more(in, &buffer);
            total += buffer.len - before;
            if (more > 0 && take_lines(&buffer, take, context) < 0)
                more = -EBADMSG;
        }
    }
    free(buffer.text);
    return more;
}

int lookup_child_run(lookup_child_work *work, void *work_context, lookup_child_take *take, void *take_context,
                     const char **ret_reason)
{
    int ends[2], status;

    *ret_reason = "memory is short";
    if (pipe2(ends, 0) < 0)
        return -errno;
    out_flush(); /* else the child would have a second copy of what is still in the buffer */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1], work, work_context);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return -errno;
    }
    int error = read_lines(ends[0], take, take_context);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (error < 0)
        *ret_reason = error == -ETIME ? "it took too long" : "the answer was damaged";
    else if (status != 0) {
        *ret_reason = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "the look-up failed";
        error = -EIO;
    }
    return error;
}
