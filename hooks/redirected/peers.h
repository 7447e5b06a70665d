/* SPDX-License-Identifier: MIT */
/* What accepts.c and sockets.c share: peers' breakers, inline, so that they cost two loads while no peer
 * has one. */
#ifndef CRUMPLE_HOOKS_REDIRECTED_PEERS_H
#define CRUMPLE_HOOKS_REDIRECTED_PEERS_H

#include <time.h>

#include "state/config.h"
#include "track/peers.h"
#include "base/sys.h"

/** True if the hooks are on for peers alone: nobody asks which thread has which socket. */
static inline bool peers_are_all(void)
{
    return safe_peers_are_shared() && !crumple_config->recover;
}

/** After an accept. False: the peer is refused; close the connection. */
static inline bool peers_admit(int fd)
{
    uint64_t probe = 0;
    if (__builtin_expect(!safe_peers_any(), 1))
        return true;
    if (!safe_peers_admit(fd, &probe))
        return false;
    safe_peers_mark(fd, probe);
    return true;
}

/** The application closes a connection: its request succeeded. */
static inline void peers_closed(int fd)
{
    uint64_t probe = __builtin_expect(!safe_peers_any(), 1) ? 0 : safe_peers_take(fd);
    if (probe)
        safe_peers_done(probe, safe_clock_ns(CLOCK_MONOTONIC), true);
}

#endif
