/* SPDX-License-Identifier: MIT */
#include "watch/logged.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "go_line.h"
#include "log_line.h"

#define LINES_BEFORE 8 /* lines of a panic's message, at most, before its stack */

enum follows { FOLLOWS_NOTHING, FOLLOWS_STACK_OR_NOTHING, FOLLOWS_STACK };

/* Of the one stream that a guard passes on. */
static struct {
    int socket, stream;
    char line[LOGGED_BYTES], scratch[LOGGED_BYTES];
    size_t line_used; /* the beginning of a line whose end has not passed yet */
    bool is_beyond;   /* the line is longer, and its beginning has been looked at */
    enum follows follows;
    int lines_before;
    struct logged_message message; /* what is still to be sent of the text */
    size_t used, sent;             /* bytes in the message; of the whole text */
} state = {.socket = -1};

static _Atomic uint32_t *missed; /* shared by crumple-run, the guards and the teller; NULL: not counted */

void logged_begin(int socket, int stream)
{
    state.socket = socket;
    state.stream = stream;
}

static bool send_now(int socket, const struct logged_head *head, const char *bytes, size_t size)
{
    struct iovec parts[2] = {{(void *)head, sizeof *head}, {(void *)bytes, size}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t put;
    do
        put = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put >= 0;
}

/* Of a text whose first part is lost, the receiver takes no other. */
static void flush(bool is_last)
{
    struct logged_head *head = &state.message.head;
    if (!head->is_first && !state.used && !is_last)
        return;
    head->stream = (uint8_t)state.stream;
    head->is_last = is_last;
    if (!send_now(state.socket, head, state.message.bytes, state.used) && head->is_first && missed)
        atomic_fetch_add(missed, 1);
    head->is_first = false;
    state.used = 0;
}

static void add(const char *line, size_t size)
{
    size_t room = LOGGED_BYTES - state.sent;
    if (room < 2)
        return;
    size = size < room - 1 ? size : room - 1;
    memcpy(state.message.bytes + state.used, line, size);
    state.message.bytes[state.used + size] = '\n';
    state.used += size + 1;
    state.sent += size + 1;
}

static void begin(const char *line, size_t size, bool has_all)
{
    state.message.head.is_first = true;
    state.message.head.text++;
    state.used = state.sent = 0;
    add(line, size);
    state.follows = has_all ? FOLLOWS_NOTHING : FOLLOWS_STACK_OR_NOTHING;
    state.lines_before = 0;
    if (has_all)
        flush(true);
}

static bool is_of_stack(enum go_line_kind kind)
{
    return kind == GO_LINE_FUNCTION || kind == GO_LINE_FILE || kind == GO_LINE_CREATED ||
           kind == GO_LINE_ELIDED;
}

/* Whether the line belongs to the text before it. */
static bool continues(const char *line, size_t size)
{
    const enum go_line_kind kind = go_line_kind(line, size);
    if (state.follows == FOLLOWS_STACK)
        return is_of_stack(kind);
    if (kind == GO_LINE_GOROUTINE)
        state.follows = FOLLOWS_STACK;
    return kind == GO_LINE_GOROUTINE || (++state.lines_before <= LINES_BEFORE && size && line[0] != '{' &&
                                         !log_line_has_panic(line, size));
}

/* A whole line, or what is kept of a long one. */
static void take_line(const char *line, size_t size, bool may_have_panic)
{
    struct log_line read;
    if (state.follows != FOLLOWS_NOTHING) {
        if (continues(line, size)) {
            add(line, size);
            return;
        }
        state.follows = FOLLOWS_NOTHING;
        flush(true);
    }
    if (!log_line_begins_as_error(line, size) && !(may_have_panic && log_line_has_panic(line, size)))
        return;
    log_line_read(line, size, state.scratch, &read);
    if (log_line_tells(&read))
        begin(line, size, read.is_json);
}

/* What is kept of a line whose end has not come. */
static void keep(const char *bytes, size_t size)
{
    size_t room = sizeof state.line - state.line_used, n = size < room ? size : room;
    if (state.is_beyond)
        return;
    memcpy(state.line + state.line_used, bytes, n);
    state.line_used += n;
    if (state.line_used < sizeof state.line)
        return;
    state.is_beyond = true;
    take_line(state.line, state.line_used, true);
}

static void end_line(const char *bytes, size_t size)
{
    keep(bytes, size);
    if (!state.is_beyond)
        take_line(state.line, state.line_used, true);
    state.is_beyond = false;
    state.line_used = 0;
}

void logged_feed(const char *bytes, size_t size)
{
    const char *at = bytes, *end = bytes + size, *newline;
    if (state.socket < 0)
        return;
    if ((state.line_used || state.is_beyond) && (newline = memchr(at, '\n', size))) {
        end_line(at, (size_t)(newline - at));
        at = newline + 1;
    }
    const bool may_have_panic = log_line_has_panic(at, (size_t)(end - at));
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        /* Most lines pass here: no copy, no call. */
        if (may_have_panic || *at == '{' || state.follows != FOLLOWS_NOTHING)
            take_line(at, (size_t)(newline - at), may_have_panic);
        at = newline + 1;
    }
    if (at < end)
        keep(at, (size_t)(end - at));
    if (state.used)
        flush(false);
}

int logged_open(int ret_ends[2])
{
    if (missed) /* of the server's former life */
        (void)munmap(missed, sizeof *missed);
    void *memory = mmap(NULL, sizeof *missed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    missed = memory == MAP_FAILED ? NULL : memory;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends) < 0 ? -errno : 0;
}

uint32_t logged_missed(void)
{
    return missed ? atomic_load(missed) : 0;
}

bool logged_send_end(int socket)
{
    return send_now(socket, &(struct logged_head){.is_end = true}, NULL, 0);
}
