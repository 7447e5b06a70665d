/* SPDX-License-Identifier: MIT */
/*
 * Safe file: the requests that each thread has read and not answered, since it waited last for several descriptors. At a
 * death they say whose request it was (contain/culprit.h). Only of accepted connections (track/sockets.h); only in a
 * process whose strikes live in crumple-run (safe_peers_share). Redirected hooks write them in their own thread; the
 * handler reads them.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_REQUESTS_H
#define CRUMPLE_PRELOAD_TRACK_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state/altstack.h"
#include "track/sockets.h"

#define SAFE_REQUESTS_MAX     16
#define SAFE_REQUESTS_BELOW   8
#define SAFE_REQUESTS_THREADS 16384

/* What is known of the requests of this process. */
enum safe_watching {
    SAFE_WATCHING_NOTHING = 0,
    SAFE_WATCHING_ALL = 1,
    SAFE_WATCHING_SOME = 2 /* some calls go past the hooks: nothing can be said */
};

struct safe_request {
    int32_t fd;
    uint32_t bytes;  /* that the last read brought */
    uint32_t turn;   /* of the descriptor when it was read */
    uint64_t buffer; /* where it put them; 0: not known */
    uint64_t caller; /* the word at wait_slot when it was read; 0: not known */
};

/* Of one thread, the latest request last. */
struct safe_requests {
    uint32_t count;
    bool lost; /* there were more than SAFE_REQUESTS_MAX */
    /* Where the return address of the thread's last wait lay, and that address. While a function that the event loop calls
     * reads a request and serves it, its own return address lies there. */
    uint64_t wait_slot, wait_caller;
    /* When the last request was read: the words below wait_slot, the highest first. The first ones are what the reader has
     * saved of the loop's registers, which are others for the next request. */
    uint32_t below_count;
    uint64_t below[SAFE_REQUESTS_BELOW];
    struct safe_request request[SAFE_REQUESTS_MAX];
};

/* By the number of the thread's alternate stack: this much thread-local storage would make threads with small stacks fail.
 * NULL: requests are not watched. */
extern struct safe_requests *safe_requests_table;

/** Maps the table. Returns 0 or a negative errno. */
int safe_requests_prepare(void);

/** The calling thread's; NULL for one that pthread_create has not made, and beyond SAFE_REQUESTS_THREADS. */
static inline struct safe_requests *safe_requests_own(void)
{
    const struct safe_altstack *a = thread_self.altstack;
    return safe_requests_table && a && a->index < SAFE_REQUESTS_THREADS ? &safe_requests_table[a->index]
                                                                        : NULL;
}

/* enum safe_watching. Writer: the first listen or pthread_create (hooks/redirected/redirected.c). */
extern _Atomic uint8_t safe_requests_watched;

static inline bool safe_requests_are_watched(void)
{
    return __atomic_load_n(&safe_requests_watched, __ATOMIC_RELAXED) != SAFE_WATCHING_NOTHING;
}

/** A read has brought so many bytes. frame: the hook's, which has the return address behind its first word. */
void safe_requests_read(int fd, const void *buffer, size_t bytes, const void *frame);
/** Something was sent to the descriptor, or it is closed: its request is answered, whichever thread had read it. */
void safe_requests_answered(int fd);
/** False: since it was read, some thread has answered it or closed the descriptor, which may be another connection's now. */
bool safe_requests_is_open(const struct safe_request *request);
/** The thread is about to accept. One that never waits for several descriptors is done with what it has read: others serve it. */
void safe_requests_accepts(void);

/** The thread is about to wait for several descriptors, for whatever comes next. */
void safe_requests_waits(const void *frame);
static inline void safe_requests_wait(const void *frame)
{
    if (__builtin_expect(safe_requests_table != NULL, 0))
        safe_requests_waits(frame);
}

/** A new thread has none yet, and in a forked child its parent's are not its own. */
static inline void safe_requests_forget(void)
{
    struct safe_requests *all = safe_requests_own();
    if (all)
        all->count = 0, all->wait_slot = 0;
}

#endif
