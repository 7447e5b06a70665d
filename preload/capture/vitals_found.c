/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the looker and the helper. See capture/vitals_found.h. */
#include "capture/vitals_found.h"

#include <stddef.h>

static const char *const kind_names[SAFE_LOOK_KINDS] = {
    [SAFE_LOOK_TCP] = "tcp",           [SAFE_LOOK_UDP] = "udp",         [SAFE_LOOK_UNIX] = "unix",
    [SAFE_LOOK_NETLINK] = "netlink",   [SAFE_LOOK_PACKET] = "packet",   [SAFE_LOOK_RAW] = "raw",
    [SAFE_LOOK_SOCKET] = "socket",     [SAFE_LOOK_FILE] = "file",       [SAFE_LOOK_DIRECTORY] = "directory",
    [SAFE_LOOK_DEVICE] = "device",     [SAFE_LOOK_PIPE] = "pipe",       [SAFE_LOOK_EPOLL] = "epoll",
    [SAFE_LOOK_EVENTFD] = "eventfd",   [SAFE_LOOK_TIMERFD] = "timerfd", [SAFE_LOOK_SIGNALFD] = "signalfd",
    [SAFE_LOOK_INOTIFY] = "inotify",   [SAFE_LOOK_MEMFD] = "memfd",     [SAFE_LOOK_PIDFD] = "pidfd",
    [SAFE_LOOK_IO_URING] = "io_uring", [SAFE_LOOK_OTHER] = "other",
};

const char *safe_look_kind_name(enum safe_look_kind kind)
{
    return kind_names[kind];
}

const char *safe_look_state_name(unsigned state)
{
    static const char *const names[SAFE_LOOK_STATES] = {
        "unknown", "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2",   "time_wait",
        "closed",  "close_wait",  "last_ack", "listen",   "closing",   "new_syn_recv"};
    return names[state < SAFE_LOOK_STATES ? state : 0];
}

enum safe_look_kind safe_look_kind_of(const char *link)
{
    static const struct {
        const char *begin;
        enum safe_look_kind kind;
    } rows[] = {
        {"socket:", SAFE_LOOK_SOCKET},
        {"pipe:", SAFE_LOOK_PIPE},
        {"anon_inode:[eventpoll]", SAFE_LOOK_EPOLL},
        {"anon_inode:[eventfd", SAFE_LOOK_EVENTFD},
        {"anon_inode:[timerfd", SAFE_LOOK_TIMERFD},
        {"anon_inode:[signalfd", SAFE_LOOK_SIGNALFD},
        {"anon_inode:inotify", SAFE_LOOK_INOTIFY},
        {"anon_inode:[io_uring", SAFE_LOOK_IO_URING},
        {"anon_inode:[pidfd", SAFE_LOOK_PIDFD},
        {"pidfd:", SAFE_LOOK_PIDFD}, /* since Linux 6.9 */
        {"/memfd:", SAFE_LOOK_MEMFD},
        {"/dev/shm/", SAFE_LOOK_FILE},
        {"/dev/mqueue/", SAFE_LOOK_OTHER},
        {"/dev/", SAFE_LOOK_DEVICE},
        {"/", SAFE_LOOK_FILE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (safe_starts(link, rows[i].begin))
            return rows[i].kind;
    return SAFE_LOOK_OTHER;
}

void safe_look_add_recent(struct safe_look_peers *list, const struct safe_look_peer *peer)
{
    uint32_t at = list->count;
    for (; at > 0 && list->peer[at - 1].received_ms > peer->received_ms; at--)
        if (at < SAFE_LOOK_PEERS)
            list->peer[at] = list->peer[at - 1];
    if (at < SAFE_LOOK_PEERS)
        list->peer[at] = *peer;
    list->count += list->count < SAFE_LOOK_PEERS;
}
