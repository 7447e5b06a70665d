/* SPDX-License-Identifier: MIT */
/*
 * Who waits for several descriptors: poll, select, epoll. An event loop is not the thread of one connection.
 * Redirected, not exported; the variants with a mask are exported for another reason (exported/waits.c) and
 * tell us.
 */
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "redirected/peers.h"
#include "redirected/redirected.h"
#include "hold/hold.h"
#include "track/requests.h"
#include "track/sockets.h"
#include "state/thread.h"
#include "proc/try.h"

#define BITS_MAX 65536 /* of a set: more than a thread of one connection waits for */

static struct {
    int (*poll)(struct pollfd *fds, nfds_t count, int timeout);
    int (*__poll_chk)(struct pollfd *fds, nfds_t count, int timeout, size_t room);
    int (*select)(int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout);
    int (*epoll_wait)(int fd, struct epoll_event *events, int count, int timeout);
    int (*epoll_ctl)(int fd, int operation, int target, struct epoll_event *event);
} libc;

/* Some thread that is not wrapped polls. Written once, so that no cache line goes to and fro. */
static _Atomic int others_poll;

bool redirected_is_polling(void)
{
    const struct safe_thread *self = safe_self;
    if (self)
        return self->polled || (self->role & SAFE_ROLE_EPOLLS);
    return __atomic_load_n(&others_poll, __ATOMIC_RELAXED);
}

static inline void others(void)
{
    if (!__atomic_load_n(&others_poll, __ATOMIC_RELAXED))
        __atomic_store_n(&others_poll, 1, __ATOMIC_RELAXED);
}

void redirected_polls_note(unsigned long count, const void *frame)
{
    struct safe_thread *self = safe_self;
    if (count > 1) /* a thread that waits for one connection still serves it */
        safe_requests_wait(frame);
    if (!self)
        others();
    else if (count > self->polled)
        self->polled = count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
}

void redirected_epolls_note(const void *frame)
{
    struct safe_thread *self = safe_self;
    safe_requests_wait(frame);
    if (!self)
        others();
    else
        self->role |= SAFE_ROLE_EPOLLS;
}

/* The kernel reads no more of a set than the process may have descriptors, and answers EFAULT where it can't:
 * so what cannot be read counts for nothing. */
unsigned long redirected_count_bits(int count, const void *set)
{
    const unsigned long *words = set;
    unsigned long bits = 0, word;
    for (int i = 0; set && i < count && i < BITS_MAX && safe_try_read(&word, &words[i / 64], sizeof word);
         i += 64)
        bits +=
            (unsigned long)__builtin_popcountl(count - i >= 64 ? word : word & ((1UL << (count - i)) - 1));
    return bits;
}

static int poll_plain(struct pollfd *fds, nfds_t count, int timeout)
{
    safe_hold_look(); /* a daemon that was not adopted when it began to listen */
    redirected_polls_note(count, __builtin_frame_address(0));
    return libc.poll(fds, count, timeout);
}

static int poll_checked(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
    redirected_polls_note(count, __builtin_frame_address(0));
    return libc.__poll_chk(fds, count, timeout, room);
}

static int select_plain(int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
    redirected_polls_note(redirected_count_bits(count, in) + redirected_count_bits(count, out) +
                              redirected_count_bits(count, except),
                          __builtin_frame_address(0));
    return libc.select(count, in, out, except, timeout);
}

static int epoll_plain(int fd, struct epoll_event *events, int count, int timeout)
{
    safe_hold_look();
    redirected_epolls_note(__builtin_frame_address(0));
    return libc.epoll_wait(fd, events, count, timeout);
}

/* A thread that adds a descriptor means to use it. */
static int epoll_change(int fd, int operation, int target, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && !peers_are_all())
        safe_sockets_used(target, false);
    return libc.epoll_ctl(fd, operation, target, event);
}

static const struct redirect rows[] = {
    REDIRECTED(poll, poll_plain),        REDIRECTED(__poll_chk, poll_checked),
    REDIRECTED(select, select_plain),    REDIRECTED(epoll_wait, epoll_plain),
    REDIRECTED(epoll_ctl, epoll_change),
};

REDIRECTED_FAMILY(redirected_polls, rows);
