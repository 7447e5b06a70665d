/* SPDX-License-Identifier: MIT */
/* What the looker has found of the descriptors: how many of each kind, lines of text, connections. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_VITALS_FOUND_H
#define CRUMPLE_PRELOAD_CAPTURE_VITALS_FOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define SAFE_LOOK_LINES_BYTES (128 * 1024)
#define SAFE_LOOK_PEERS       8  /* that the faulting thread has used, and as many that received last */
#define SAFE_LOOK_STATES      13 /* of TCP, by the kernel's numbers (net/tcp_states.h) */

enum safe_look_kind {
    SAFE_LOOK_TCP,
    SAFE_LOOK_UDP,
    SAFE_LOOK_UNIX,
    SAFE_LOOK_NETLINK,
    SAFE_LOOK_PACKET,
    SAFE_LOOK_RAW,
    SAFE_LOOK_SOCKET, /* of another family, or not asked */
    SAFE_LOOK_FILE,
    SAFE_LOOK_DIRECTORY,
    SAFE_LOOK_DEVICE,
    SAFE_LOOK_PIPE,
    SAFE_LOOK_EPOLL,
    SAFE_LOOK_EVENTFD,
    SAFE_LOOK_TIMERFD,
    SAFE_LOOK_SIGNALFD,
    SAFE_LOOK_INOTIFY,
    SAFE_LOOK_MEMFD,
    SAFE_LOOK_PIDFD,
    SAFE_LOOK_IO_URING,
    SAFE_LOOK_OTHER,
    SAFE_LOOK_KINDS
};

/* A connection, as the kernel knows it; a number that it did not tell is -1. */
struct safe_look_peer {
    int fd, state;
    int64_t received_ms, rtt_us, retransmits, unacked;
};

/* Of one list: the first of these. */
struct safe_look_peers {
    struct safe_look_peer peer[SAFE_LOOK_PEERS];
    uint32_t count;
};

struct safe_look {
    uint32_t count; /* of open descriptors */
    bool is_whole;  /* all of them were counted */
    bool is_timid;  /* sockets were not asked */
    uint32_t us;    /* that it took; 0: it was not over */
    uint32_t kind[SAFE_LOOK_KINDS];
    uint32_t state[SAFE_LOOK_STATES];
    uint32_t full; /* sockets that listen, and have no room for one connection more */
    struct safe_look_peers thread, recent;
    struct safe_text lines; /* of the note DESCRIPTORS */
    uint32_t line_count;
    struct safe_text peers; /* lines of the note VITALS; only at the end */
};

/** The kind of a descriptor, by what its link in /proc says. */
enum safe_look_kind safe_look_kind_of(const char *link);

const char *safe_look_kind_name(enum safe_look_kind kind);
const char *safe_look_state_name(unsigned state);

/** Takes it into the list of those that received last, the latest first; one that is later than all of a full list is dropped. */
void safe_look_add_recent(struct safe_look_peers *list, const struct safe_look_peer *peer);

#endif
