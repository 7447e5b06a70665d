/* SPDX-License-Identifier: MIT */
/*
 * Safe file: a circuit breaker for each peer address whose requests have faulted. A request is one accepted
 * connection; it fails by a contained fault of the thread that serves it. A peer that never failed has no
 * entry, and while there is no entry at all, an accept costs one load (safe_peers_active).
 *
 * For hooks, the handler and the keeper; guarded by one lock of share/lock.h. A caller that does not get the
 * lock admits the connection or drops the result.
 */
#ifndef CRUMPLE_PRELOAD_TRACK_PEERS_H
#define CRUMPLE_PRELOAD_TRACK_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/peer_address.h"
#include "peer_table.h"

/* Peers with an entry now; of the process, or of all lives of a server. */
extern const _Atomic int *safe_peers_active;

/** While it is false, safe_peers_admit() need not be called. */
static inline bool safe_peers_any(void)
{
    return __atomic_load_n(safe_peers_active, __ATOMIC_RELAXED) != 0;
}

/** Maps a table of the process's own. In the constructor, with CRUMPLE_RECOVER and peer=on; without a table every
 * peer is admitted. Returns 0 or a negative errno. */
int safe_peers_prepare(void);

/** Maps crumple-run's table instead, which outlives the process and which its children share. fd: of
 * PEER_TABLE_BYTES, the caller's to close. In the constructor. Returns 0 or a negative errno: then nothing has changed. */
int safe_peers_share(int fd);
bool safe_peers_are_shared(void);

/** After accept. False: the peer is refused (and counted), close the connection. *ret_probe is for
 * safe_peers_mark(), 0 for none. */
bool safe_peers_admit(int fd, uint64_t *ret_probe);
bool safe_peers_admit_peer(const struct safe_peer *peer, uint64_t now_ns, uint64_t *ret_probe);

/** Keeps the result of admit for the descriptor, until it is closed or its thread ends; take returns and
 * clears it. Lock-free. */
void safe_peers_mark(int fd, uint64_t probe);
uint64_t safe_peers_take(int fd);

/**
 * Counts a contained fault of a thread that served this peer, and makes the peer's entry. probe 0: not known.
 * True: it is the peer's first fault in the window. Only that one counts against the routine too: many peers
 * whose requests fault point to a bug in the routine, many faults of one peer are that peer's.
 */
bool safe_peers_failed(const struct safe_peer *peer, uint64_t probe, uint64_t now_ns);
/** The same of a request that has killed the process. The next one like it costs a life, too: the breaker stays open ten
 * times as long. */
void safe_peers_killed(const struct safe_peer *peer, uint64_t probe, uint64_t now_ns);
/** Whether several clients have this address, as far as is known; is_now: they do, and that is noted for an hour, in which
 * no fault is counted for it. */
bool safe_peers_are_several(const struct safe_peer *peer, bool is_now, uint64_t now_ns);
/** The connection ended without a fault. success false: counts as neither (cancelled thread, exit of the
 * server). */
void safe_peers_done(uint64_t probe, uint64_t now_ns, bool success);

/** In the keeper. Removes peers whose breaker is closed with no failures. Then calls visit, without the lock,
 * for each peer with refused connections since the last call. */
void safe_peers_drain_refused(uint64_t now_ns,
                              void (*visit)(const struct safe_peer *peer, uint32_t count, void *arg),
                              void *arg);
/** Returns the oldest unreported state change. False: none. Of more than 256
 * the oldest are lost. */
bool safe_peers_next_change(struct safe_peer_change *ret_change);

#endif
