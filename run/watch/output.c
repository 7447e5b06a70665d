/* SPDX-License-Identifier: MIT */
#include "watch/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cgo/hold.h"
#include "watch/dump_file.h"

#define STALL_MS 2000 /* the reader behind takes nothing: it is not waited for */

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void leave(struct output_stream *s, int error)
{
    if (error)
        say("the output on descriptor %d is not kept: %s", s->fd, strerror(-error));
    close_end(&s->stream.ours);
    close_end(&s->stream.theirs);
    s->stream.kind = STREAM_LEFT;
}

static int start_guard(struct output_stream *s)
{
    pid_t pid = guard_start(&s->stream, s->fd, &s->memory, &s->control);
    if (pid < 0)
        return pid;
    s->guard = pid;
    return 0;
}

/* Where a write to the file would go. */
static off_t find_begin(int fd)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFL);
    off_t at = flags >= 0 && (flags & O_APPEND) && fstat(fd, &st) == 0 ? st.st_size : lseek(fd, 0, SEEK_CUR);
    return at < 0 ? 0 : at;
}

/* Pages are taken when they are written. NULL: errno says why. */
static void *share(size_t bytes)
{
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* is_stderr: what a Go program prints last goes there. */
static void begin_stream(struct output_stream *s, bool is_stderr)
{
    int error = stream_make(s->fd, &s->stream);
    if (s->stream.kind == STREAM_FILE)
        s->begin = find_begin(s->fd);
    if (error || s->stream.ours < 0) {
        if (error)
            leave(s, error);
        return;
    }
    s->memory.ring = share(sizeof *s->memory.ring);
    if (is_stderr) {
        s->memory.is_long = share(sizeof *s->memory.is_long);
        s->memory.filter = share(sizeof *s->memory.filter);
    }
    if (is_stderr && !s->memory.filter)
        say_more("no memory for what a Go program prints last: %s", strerror(errno));
    error = s->memory.ring ? start_guard(s) : -errno;
    if (error)
        leave(s, error);
}

static struct output_stream *stream_of_stderr(const struct output *output)
{
    return (struct output_stream *)&output->streams[output->is_one ? 0 : 1];
}

void output_begin(struct output *ret, int logged)
{
    const struct stream none = {STREAM_LEFT, -1, -1};
    *ret = (struct output){.is_one = stream_is_same(STDOUT_FILENO, STDERR_FILENO)};
    for (int i = 0; i < 2; i++)
        ret->streams[i] = (struct output_stream){
            .stream = none, .fd = i ? STDERR_FILENO : STDOUT_FILENO, .control = -1, .memory.logged = logged};
    begin_stream(&ret->streams[0], ret->is_one);
    if (!ret->is_one)
        begin_stream(&ret->streams[1], true);
    ret->is_long = stream_of_stderr(ret)->memory.is_long;
}

bool output_hold_back(struct output *output, int64_t long_us)
{
    struct output_stream *s = stream_of_stderr(output);
    if (!s->guard || !s->memory.filter)
        return false;
    s->memory.filter->long_ms = long_us / 1000;
    s->memory.filter->holds_back = true;
    return true;
}

bool output_is_long(const struct output *output)
{
    return output->is_long && atomic_load(output->is_long);
}

int output_descriptor(const struct output *output, int which)
{
    return output->streams[output->is_one ? 0 : which].stream.theirs;
}

void output_started(struct output *output)
{
    for (int i = 0; i < 2; i++)
        close_end(&output->streams[i].stream.theirs);
}

void output_give_up(struct output *output, int error)
{
    for (int i = 0; i < 2; i++) {
        struct output_stream *s = &output->streams[i];
        if (!s->guard)
            continue;
        (void)kill(s->guard, SIGKILL);
        (void)waitpid(s->guard, NULL, 0);
        s->guard = 0;
        close_end(&s->control);
        leave(s, error);
    }
}

static void give_back(void *memory, size_t bytes)
{
    if (memory)
        (void)munmap(memory, bytes);
}

void output_end(struct output *output)
{
    for (int i = 0; i < 2; i++) {
        struct output_stream *s = &output->streams[i];
        if (s->stream.kind == STREAM_LEFT && !s->memory.ring) /* also where nothing was begun */
            continue;
        close_end(&s->stream.ours);
        close_end(&s->control);
        give_back(s->memory.ring, sizeof *s->memory.ring);
        give_back(s->memory.filter, sizeof *s->memory.filter);
        give_back(s->memory.is_long, sizeof *s->memory.is_long);
    }
    *output = (struct output){0};
}

bool output_reaped(struct output *output, pid_t pid, int wait_status)
{
    for (int i = 0; i < 2; i++) {
        struct output_stream *s = &output->streams[i];
        if (!s->guard || s->guard != pid)
            continue;
        s->guard = 0;
        close_end(&s->control);
        if (WIFSIGNALED(wait_status))
            cgo_hold_guard_ended();
        int error = WIFSIGNALED(wait_status) ? start_guard(s) : 0;
        if (error)
            say("the output on descriptor %d has nobody who passes it on: %s", s->fd, strerror(-error));
        if (!s->guard) /* the server is to see that nobody reads */
            close_end(&s->stream.ours);
        return true;
    }
    return false;
}

bool output_resize(const struct output *output)
{
    bool is_told = false;
    for (int i = 0; i < 2; i++) {
        const struct output_stream *s = &output->streams[i];
        if (s->stream.kind != STREAM_TERMINAL || s->stream.ours < 0)
            continue;
        stream_resize(&s->stream, s->fd);
        is_told = true;
    }
    return is_told;
}

static uint64_t passed(const struct output *output)
{
    uint64_t bytes = 0;
    for (int i = 0; i < 2; i++)
        bytes += output->streams[i].memory.ring ? output->streams[i].memory.ring->total : 0;
    return bytes;
}

void output_drain(const struct output *output, bool is_go_end, int64_t deadline_us)
{
    struct pollfd fds[2];
    uint64_t before = passed(output);
    for (int i = 0; i < 2; i++)
        fds[i] =
            (struct pollfd){.fd = output->streams[i].guard && guard_ask(output->streams[i].control, is_go_end)
                                      ? output->streams[i].control
                                      : -1,
                            .events = POLLIN};
    while ((fds[0].fd >= 0 || fds[1].fd >= 0) && clock_us() < deadline_us) {
        int64_t left_ms = (deadline_us - clock_us()) / 1000 + 1;
        if (poll(fds, 2, left_ms < STALL_MS ? (int)left_ms : STALL_MS) == 0) {
            if (passed(output) == before)
                return;
            before = passed(output);
        }
        for (int i = 0; i < 2; i++)
            if (fds[i].revents)
                fds[i].fd = -1;
    }
}

/* One stretch of the file. Returns how much there was. */
static size_t read_stretch(int fd, off_t from, char *ret, size_t count)
{
    ssize_t got;
    do
        got = pread(fd, ret, count, from);
    while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}

/* A file needs no guard: what was written is in it. Returns a descriptor, or -1; where the server's part begins and the file ends. */
static int open_file(const struct output_stream *s, off_t *ret_begin, off_t *ret_end)
{
    char path[32];
    struct stat st;
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        close_end(&fd);
        return -1;
    }
    *ret_end = st.st_size;
    *ret_begin = st.st_size < s->begin ? 0 : s->begin; /* somebody has made it shorter: a log rotation */
    return fd;
}

static size_t file_text(const struct output_stream *s, char ret_text[RING_TEXT_BYTES])
{
    off_t begin, end;
    int fd = open_file(s, &begin, &end);
    if (fd < 0)
        return 0;
    size_t used = read_stretch(fd, begin, ret_text, RING_BYTES);
    off_t rest = end - begin - (off_t)used, tail = rest < RING_BYTES ? rest : RING_BYTES;
    if (rest > tail)
        used +=
            (size_t)snprintf(ret_text + used, 64, "\n[%lld bytes are not kept]\n", (long long)(rest - tail));
    if (tail > 0)
        used += read_stretch(fd, end - tail, ret_text + used, (size_t)tail);
    close_end(&fd);
    return used;
}

size_t output_tail(const struct output *output, int which, char *ret, size_t bytes)
{
    const struct output_stream *s = &output->streams[which];
    return s->memory.ring && s->stream.kind != STREAM_LEFT ? ring_tail(s->memory.ring, ret, bytes) : 0;
}

size_t output_text(const struct output *output, int which, char ret_text[RING_TEXT_BYTES])
{
    const struct output_stream *s = &output->streams[which];
    if (s->stream.kind == STREAM_FILE)
        return file_text(s, ret_text);
    return s->memory.ring && s->stream.kind != STREAM_LEFT ? ring_text(s->memory.ring, ret_text) : 0;
}

static struct dump_filter *file_dump(const struct output_stream *s)
{
    off_t begin, end;
    struct dump_filter *filter = share(sizeof *filter);
    int fd = filter ? open_file(s, &begin, &end) : -1;
    if (fd < 0)
        return NULL;
    dump_file_read(fd, begin, filter);
    (void)close(fd);
    return filter;
}

size_t output_dump(const struct output *output, bool is_go, const char **ret_text, uint64_t *ret_lost)
{
    const struct output_stream *s = stream_of_stderr(output);
    const struct dump_filter *filter = s->stream.kind == STREAM_FILE ? file_dump(s) : s->memory.filter;
    if (!filter)
        return 0;
    /* A guard whose reader takes nothing has no answer yet. */
    const bool is_open = !filter->is_off && filter->is_sure && filter->state != DUMP_NONE;
    *ret_text = filter->text + filter->start;
    *ret_lost = filter->lost;
    return filter->is_last || is_open || (is_go && filter->is_bare) ? filter->size - filter->start : 0;
}
