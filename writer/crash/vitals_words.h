/* SPDX-License-Identifier: MIT */
/* What the process had open, used and was, at the fault. Data only; struct crash holds one of each. */
#ifndef CRUMPLE_WRITER_CRASH_VITALS_WORDS_H
#define CRUMPLE_WRITER_CRASH_VITALS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct descriptor {
    int fd;
    const char
        *text; /* "tcp 10.0.0.1:8080 established 10.0.0.2:4711"; foreign text, without control characters */
};

/* Of CRUMPLE_NOTE_DESCRIPTORS; all zero where there is none. */
struct descriptors {
    char *text;               /* owned; the items point into it */
    struct descriptor *items; /* owned; ascending */
    size_t count;
};

#define VITALS_KINDS   32
#define VITALS_PEERS   16
#define VITALS_UNKNOWN (-1) /* of every number below; of a limit: or there is none */

struct vitals_count {
    const char *name;
    int64_t count;
};

/* A connection, as the kernel knew it. */
struct vitals_peer {
    bool is_of_thread; /* the faulting thread has used it; else it is one of those that received last */
    int64_t fd;
    const char *own, *peer, *state;
    int64_t received_ms, rtt_us, retransmits, unacked, in,
        out; /* bytes that wait to be read, and to be sent */
};

struct vitals_cgroup {
    int64_t memory_used, memory_peak, memory_limit, pids_used, pids_limit;
};

/* What the process used. */
struct vitals_words {
    char *text;                       /* owned: CRUMPLE_NOTE_VITALS; strings point into it */
    const char *load;                 /* "0.15 0.10 0.05", or NULL */
    int64_t rss, peak, swap, threads; /* bytes; of /proc/PID/status */
    int64_t cpu_ms;
    int64_t open, open_limit;                                      /* descriptors */
    bool is_whole;                                                 /* all of them were counted */
    bool is_timid;                                                 /* sockets were not asked */
    struct vitals_count kinds[VITALS_KINDS], states[VITALS_KINDS]; /* the first without a name ends them */
    int64_t full_backlogs;
    struct vitals_peer peers[VITALS_PEERS];
    size_t peer_count;
    struct vitals_cgroup cgroup;
};

#define HOST_TEXT 256

/* Where the process ran, and since when. Strings are "" where they are not known. */
struct host_words {
    int64_t uptime_ms;
    char started[28]; /* RFC 3339 */
    char kernel[HOST_TEXT], boot_id[40], os[HOST_TEXT], user[64], cwd[1024];
    int64_t cpus, memory; /* bytes */
    char container[80], runtime[32];
    bool is_kubernetes;
    char space[HOST_TEXT], pod[HOST_TEXT], pod_ip[64], node[HOST_TEXT];
};

#endif
