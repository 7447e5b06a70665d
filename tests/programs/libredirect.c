/* SPDX-License-Identifier: MIT */
/* The shim with a door: what the redirected functions have noted, for tests/programs/redirected.c. Built of
 * all the shim's objects and this. */
#include <sys/syscall.h>
#include <unistd.h>

#include "../../hooks/redirected/redirected.h"
#include "libredirect.h"
#include "libc/calls/loader_locks.h"
#include "track/held_locks.h"
#include "proc/loading.h"
#include "proc/maps.h"
#include "track/peers.h"
#include "proc/lock_words.h"
#include "track/sockets.h"
#include "libc/data/stdio.h"
#include "base/sys.h"
#include "calls/threads.h"

#define DOOR __attribute__((visibility("default")))

static _Atomic uint32_t serial;
static __thread struct safe_thread own __attribute__((tls_model("initial-exec")));

static int start(void)
{
    return loader_find() && redirected_start();
}

static void wrap(void)
{
    own = (struct safe_thread){.serial = ++serial};
    safe_self = &own;
}

static uint32_t held(uint64_t *ret_last)
{
    uint32_t n = safe_held.count;
    if (ret_last)
        *ret_last = n && n <= SAFE_HELD_MAX ? safe_held.entry[n - 1] : safe_held.one;
    return safe_held_count();
}

static struct safe_thread *self(void)
{
    return safe_self;
}

static uint64_t scan(void)
{
    struct safe_scratch scratch;
    struct safe_maps maps;
    /* The search itself has the thread's number on the stack; the keeper, who does it else, has another. */
    uint64_t frame = (uint64_t)__builtin_frame_address(0);
    struct safe_scan_skip skip[3] = {{frame - (64 << 10), frame}, {0, 0}, {0, 0}};
    struct safe_altstack_around around;
    bool complete;
    int owner;
    const int tids[LIBC_LOCK_TIDS] = {safe_gettid(), 0};
    if (thread_self.altstack) {
        safe_altstack_around(&thread_self.altstack->thread, &around);
        skip[1] = (struct safe_scan_skip){around.stacks_start, around.stacks_end};
        skip[2] = (struct safe_scan_skip){around.entries_start, around.entries_end};
    }
    safe_scratch_open(&scratch);
    if (safe_maps_read(&maps, safe_getpid(), &scratch) < 0)
        return 1;
    return safe_scan_owned(&maps, tids, skip, 3, 64 << 20, &owner, &complete);
}

static bool stdio_held(void)
{
    return safe_stdio_held(safe_fs_base());
}

static void fail_peer(int fd)
{
    struct safe_peer peer = safe_peer_of(fd);
    safe_peers_failed(&peer, 0, safe_clock_ns(1 /* CLOCK_MONOTONIC */));
}

DOOR const struct redirect_door redirect_door = {
    .start = start,
    .again = redirected_again,
    .wrap = wrap,
    .held = held,
    .self = self,
    .scan = scan,
    .stdio_held = stdio_held,
    .loading = safe_loading,
    .sockets_of = safe_sockets_of,
    .shut = safe_sockets_shut,
    .fail_peer = fail_peer,
    .peer = safe_sockets_peer,
    .peer_text = safe_peer_text,
};
