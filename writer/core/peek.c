/* SPDX-License-Identifier: MIT */
#include "core/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/stages.h"
#include "crumple_peek.h"

#define ANSWER_MS 500

void peek_open(int from, int to, struct peek *ret_peek)
{
    /* Of each worker its own numbers: an earlier one may have left answers in the pipe. */
    *ret_peek = (struct peek){.from = from, .to = to, .number = (uint32_t)getpid() << 12};
    if (to < 0)
        return;
    (void)fcntl(from, F_SETFD, FD_CLOEXEC);
    (void)fcntl(to, F_SETFD, FD_CLOEXEC);
}

static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_ready(int fd, short events, int64_t end_ms)
{
    struct pollfd polled = {.fd = fd, .events = events};
    for (int64_t left; (left = end_ms - now_ms()) > 0;) {
        const int count = poll(&polled, 1, (int)left);
        if (count > 0)
            return polled.revents & events;
        if (count < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static bool ask(struct peek *peek, const struct peek_item *items, size_t count, int64_t end_ms)
{
    uint8_t packet[CRUMPLE_PEEK_PACKET];
    const struct crumple_peek_head head = {++peek->number, (uint32_t)count};
    size_t used = sizeof head;
    memcpy(packet, &head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        const struct crumple_peek_read one = {.address = items[i].address, .size = items[i].size};
        memcpy(packet + used, &one, sizeof one);
        used += sizeof one;
    }
    return is_ready(peek->to, POLLOUT, end_ms) && write(peek->to, packet, used) == (ssize_t)used;
}

/* Results from the item 'at' on. Returns how many there are. */
static size_t take_results(const uint8_t *packet, size_t size, struct peek_item *items, size_t at,
                           size_t count)
{
    size_t used = sizeof(struct crumple_peek_head), taken = 0;
    struct crumple_peek_result result;
    for (; at + taken < count && size - used >= sizeof result; taken++) {
        struct peek_item *item = &items[at + taken];
        memcpy(&result, packet + used, sizeof result);
        used += sizeof result;
        if (result.size > size - used || (result.error == 0 && result.size != item->size))
            break;
        item->error = result.error;
        if (result.error == 0)
            memcpy(item->bytes, packet + used, result.size);
        used += result.size;
    }
    return taken;
}

static bool take_answers(struct peek *peek, struct peek_item *items, size_t count, int64_t end_ms)
{
    uint8_t packet[CRUMPLE_PEEK_PACKET];
    struct crumple_peek_head head;
    for (size_t at = 0; at < count;) {
        if (!is_ready(peek->from, POLLIN, end_ms))
            return false;
        const ssize_t size = read(peek->from, packet, sizeof packet);
        if (size < (ssize_t)sizeof head)
            return false;
        memcpy(&head, packet, sizeof head);
        if (head.number != peek->number)
            continue; /* of a question of another worker */
        const size_t taken = head.count == at ? take_results(packet, (size_t)size, items, at, count) : 0;
        if (!taken)
            return false;
        at += taken;
    }
    return true;
}

void peek_read(struct peek *peek, struct peek_item *items, size_t count)
{
    const int none = peek->is_silent ? -ETIMEDOUT : -ENODATA;
    for (size_t i = 0; i < count; i++)
        items[i].error = none;
    for (size_t i = 0; i < count && peek_is_there(peek);) {
        const size_t left = count - i, some = left < CRUMPLE_PEEK_READS_MAX ? left : CRUMPLE_PEEK_READS_MAX;
        const int64_t end_ms = now_ms() + stages_time_for(ANSWER_MS);
        for (size_t j = i; j < i + some; j++)
            items[j].error = -ETIMEDOUT;
        peek->is_silent = !ask(peek, items + i, some, end_ms) || !take_answers(peek, items + i, some, end_ms);
        i += some;
    }
}
