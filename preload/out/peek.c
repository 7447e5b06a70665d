/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, the keeper, and the helper of a dump. See out/peek.h. */
#include "out/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"
#include "proc/try.h"

void safe_peek_init(struct safe_peek *peek)
{
    peek->to_us = peek->to_writer = peek->writers_from = peek->writers_to = -1;
    peek->hidden_count = peek->done = peek->count = 0;
}

bool safe_peek_hide(struct safe_peek *peek, uint64_t start, uint64_t end)
{
    if (peek->hidden_count == SAFE_PEEK_HIDDEN_MAX)
        return false;
    peek->hidden[peek->hidden_count++] = (struct safe_peek_range){start, end};
    return true;
}

int safe_peek_open(struct safe_peek *peek)
{
    const uint64_t pipe_bit = UINT64_C(1) << (SIGPIPE - 1);
    int asks[2], answers[2];
    peek->done = peek->count = 0;
    long error = safe_call(SYS_pipe2, asks, O_DIRECT);
    if (error < 0)
        return (int)error;
    error = safe_call(SYS_pipe2, answers, O_DIRECT);
    if (error < 0) {
        safe_close(asks[0]);
        safe_close(asks[1]);
        return (int)error;
    }
    peek->to_us = asks[0];
    peek->writers_to = asks[1];
    peek->writers_from = answers[0];
    peek->to_writer = answers[1];
    safe_call(SYS_fcntl, peek->to_us, F_SETFD, FD_CLOEXEC);
    safe_call(SYS_fcntl, peek->to_writer, F_SETFD, FD_CLOEXEC);
    safe_call(SYS_fcntl, peek->to_us, F_SETFL, O_NONBLOCK | O_DIRECT);
    safe_call(SYS_fcntl, peek->to_writer, F_SETFL, O_NONBLOCK | O_DIRECT);
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, &pipe_bit, NULL, 8);
    return 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        safe_close(*fd);
    *fd = -1;
}

void safe_peek_give(struct safe_peek *peek)
{
    close_one(&peek->writers_from);
    close_one(&peek->writers_to);
}

void safe_peek_close(struct safe_peek *peek)
{
    safe_peek_give(peek);
    close_one(&peek->to_us);
    close_one(&peek->to_writer);
    peek->done = peek->count = 0;
}

bool safe_peek_is_full(const struct safe_peek *peek)
{
    return peek->done < peek->count;
}

static bool is_hidden(const struct safe_peek *peek, uint64_t start, uint64_t end)
{
    for (uint32_t i = 0; i < peek->hidden_count; i++)
        if (start < peek->hidden[i].end && peek->hidden[i].start < end)
            return true;
    return false;
}

static int read_one(const struct safe_peek *peek, const struct crumple_peek_read *asked, uint8_t *to)
{
    uint64_t end = asked->address + asked->size;
    if (asked->size > CRUMPLE_PEEK_SIZE_MAX || end < asked->address)
        return -EINVAL;
    if (is_hidden(peek, asked->address, end))
        return -EACCES;
    /* What lies in one word is taken by one access: threads that run cannot tear it. The kernel's copies promise nothing. */
    const uint64_t word = asked->address & ~UINT64_C(7);
    if (end - word <= 8) {
        uint8_t bytes[8];
        if (safe_try_copy(bytes, (const void *)word, 8) < 0)
            return -EFAULT;
        safe_copy(to, bytes + (asked->address - word), asked->size);
        return 0;
    }
    return safe_read_memory(asked->address, to, asked->size);
}

/* As many results as one packet holds. Returns its bytes. */
static size_t make_answer(struct safe_peek *peek, uint32_t *ret_next)
{
    struct crumple_peek_head head;
    size_t used = sizeof head;
    uint32_t i = peek->done;
    safe_copy(&head, peek->asked, sizeof head);
    head.count = i;
    safe_copy(peek->answer, &head, sizeof head);
    for (; i < peek->count; i++) {
        struct crumple_peek_read asked;
        struct crumple_peek_result result = {0, 0};
        safe_copy(&asked, peek->asked + sizeof head + i * sizeof asked, sizeof asked);
        const size_t room = asked.size > CRUMPLE_PEEK_SIZE_MAX ? 0 : asked.size;
        if (used + sizeof result + room > sizeof peek->answer)
            break;
        result.error = read_one(peek, &asked, peek->answer + used + sizeof result);
        result.size = result.error < 0 ? 0 : asked.size;
        safe_copy(peek->answer + used, &result, sizeof result);
        used += sizeof result + result.size;
    }
    *ret_next = i;
    return used;
}

/* Returns 1 when all is answered, 0 when the pipe is full, -1 when it is closed. */
static int answer(struct safe_peek *peek)
{
    while (safe_peek_is_full(peek)) {
        uint32_t next;
        const size_t bytes = make_answer(peek, &next);
        const long written = safe_call(SYS_write, peek->to_writer, peek->answer, bytes);
        if (written != (long)bytes)
            return written == -EAGAIN || written == -EINTR ? 0 : -1;
        peek->done = next;
    }
    return 1;
}

/* Returns 1 for a question, 0 for none, -1 for the end. */
static int take_question(struct safe_peek *peek)
{
    struct crumple_peek_head head;
    const long n = safe_call(SYS_read, peek->to_us, peek->asked, sizeof peek->asked);
    if (n == -EAGAIN || n == -EINTR)
        return 0;
    if (n < (long)sizeof head)
        return -1;
    safe_copy(&head, peek->asked, sizeof head);
    const uint32_t most = (uint32_t)((n - (long)sizeof head) / (long)sizeof(struct crumple_peek_read));
    peek->done = 0;
    peek->count = head.count < most ? head.count : most;
    return 1;
}

bool safe_peek_serve(struct safe_peek *peek)
{
    int state = answer(peek);
    if (state > 0)
        state = take_question(peek);
    if (state > 0)
        state = answer(peek);
    return state >= 0;
}

bool safe_peek_wait(struct safe_peek *peek, int other_fd, uint64_t ms, bool *ret_other)
{
    const bool is_full = safe_peek_is_full(peek);
    struct pollfd polled[2] = {
        {.fd = other_fd, .events = POLLIN},
        {.fd = is_full ? peek->to_writer : peek->to_us, .events = is_full ? POLLOUT : POLLIN},
    };
    long count = safe_poll(polled, 2, ms);
    *ret_other = count > 0 && polled[0].revents;
    if (count > 0 && polled[1].revents && !safe_peek_serve(peek))
        safe_peek_close(peek);
    return count >= 0 || count == -EINTR;
}
