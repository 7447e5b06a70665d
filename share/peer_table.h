/* SPDX-License-Identifier: MIT */
/*
 * Safe file: a table of circuit breakers, one for each peer address whose requests have faulted. It lies in memory that
 * the caller provides, of PEER_TABLE_BYTES and zeroed: a process's own, or crumple-run's, which each life of a server
 * shares. One lock (lock.h) guards it: a caller that does not get it admits the connection, or drops the result.
 *
 * No word of the table is trusted: whoever shares it may write anything into it, and the others come to no harm but
 * wrong answers. rules: when a breaker opens. Times are CLOCK_MONOTONIC, in ns.
 */
#ifndef CRUMPLE_SHARE_PEER_TABLE_H
#define CRUMPLE_SHARE_PEER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker.h"

#define PEER_TABLE_PEERS_MAX   256
#define PEER_TABLE_CHANGES_MAX 256
#define PEER_TABLE_BYTES       (128u << 10)
#define PEER_TABLE_COMMON_NS   UINT64_C(3600000000000)

/* A peer: address without port. family 0: none (not a socket of AF_INET, AF_INET6). */
struct safe_peer {
    uint8_t family; /* 4 or 6 */
    uint8_t address[16];
};
bool safe_peer_equal(const struct safe_peer *a, const struct safe_peer *b);

struct safe_peer_change {
    struct safe_peer peer;
    uint8_t from, to; /* enum safe_breaker_state */
    uint64_t time_ns; /* CLOCK_MONOTONIC */
};

struct peer_table;

/** Where the number of entries is: while it is 0, every peer is admitted, and nobody needs to ask. */
const _Atomic int *peer_table_active(const struct peer_table *table);

/** False: the peer is refused, and counted. *ret_probe is to be handed back with the result, 0: not needed. */
bool peer_table_admit(struct peer_table *table, const struct safe_breaker_rules *rules,
                      const struct safe_peer *peer, uint64_t now_ns, uint64_t *ret_probe);
/** Counts a fault by a request of this peer, and makes the peer's entry. probe 0: not known. True: it is the peer's
 * first fault in the window. */
bool peer_table_failed(struct peer_table *table, const struct safe_breaker_rules *rules,
                       const struct safe_peer *peer, uint64_t probe, uint64_t now_ns);
/** Several clients have this address at the same time: it is admitted and has no faults, for PEER_TABLE_COMMON_NS. */
void peer_table_excuse(struct peer_table *table, const struct safe_breaker_rules *rules,
                       const struct safe_peer *peer, uint64_t now_ns);
/** True while that lasts. */
bool peer_table_is_common(struct peer_table *table, const struct safe_peer *peer, uint64_t now_ns);
/** The connection ended without a fault. success false: counts as neither. */
void peer_table_done(struct peer_table *table, const struct safe_breaker_rules *rules, uint64_t probe,
                     uint64_t now_ns, bool success);

/** Removes peers whose breaker is closed with no failures. Then calls visit, without the lock, for each peer with
 * refused connections since the last call. */
void peer_table_drain_refused(struct peer_table *table, const struct safe_breaker_rules *rules,
                              uint64_t now_ns,
                              void (*visit)(const struct safe_peer *peer, uint32_t count, void *arg),
                              void *arg);
/** Returns the oldest unreported change of a state. False: none. Of more than PEER_TABLE_CHANGES_MAX the oldest are
 * lost. */
bool peer_table_next_change(struct peer_table *table, struct safe_peer_change *ret_change);

/** True if a change of a state or a refused connection has come since the last call. Without the lock. */
bool peer_table_has_news(struct peer_table *table);

/** How often a breaker has opened. Without the lock. */
uint32_t peer_table_opened(const struct peer_table *table);

/** Once a second. Who has died with the lock in its hands holds it no longer: nobody holds it for so long as this finds it
 * taken twice. Returns whether it is taken now, to be handed back as was_locked. */
bool peer_table_unlock_stuck(struct peer_table *table, bool was_locked);
/** The same, between two lives: nobody can hold it. */
void peer_table_new_life(struct peer_table *table);

#endif
