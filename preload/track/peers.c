/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks, signal handlers and the keeper. */
#include "track/peers.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#include "track/sockets.h"
#include "state/config.h"
#include "lock.h"
#include "base/sys.h"

#define OPEN_LONGER 10

static const _Atomic int none;
const _Atomic int *safe_peers_active = &none;

/* The process's own, wiped by the kernel in a forked child, or crumple-run's, which children share. */
static struct peer_table *table;
static bool is_shared;
/* By descriptor; each word belongs to the thread that uses the descriptor. The process's own in any case. */
static _Atomic uint64_t *probes;

static int use(struct peer_table *memory)
{
    if (!probes)
        probes = safe_lock_map(SAFE_SOCKETS_MAX * sizeof *probes);
    if (!memory || !probes)
        return -ENOMEM;
    table = memory;
    safe_peers_active = peer_table_active(table);
    return 0;
}

int safe_peers_prepare(void)
{
    return is_shared ? 0 : use(safe_lock_map(PEER_TABLE_BYTES));
}

int safe_peers_share(int fd)
{
    long p = safe_call(SYS_mmap, 0, PEER_TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (safe_is_error(p))
        return (int)p;
    int error = use((struct peer_table *)p);
    is_shared = error == 0;
    return error;
}

bool safe_peers_are_shared(void)
{
    return is_shared;
}

bool safe_peers_admit_peer(const struct safe_peer *peer, uint64_t now_ns, uint64_t *ret_probe)
{
    return peer_table_admit(table, &crumple_config->breaker, peer, now_ns, ret_probe);
}

bool safe_peers_admit(int fd, uint64_t *ret_probe)
{
    *ret_probe = 0;
    if (!safe_peers_any())
        return true;
    struct safe_peer peer = safe_peer_of(fd);
    return safe_peers_admit_peer(&peer, safe_clock_ns(CLOCK_MONOTONIC), ret_probe);
}

void safe_peers_mark(int fd, uint64_t probe)
{
    if (probes && fd >= 0 && fd < SAFE_SOCKETS_MAX)
        __atomic_store_n(&probes[fd], probe, __ATOMIC_RELAXED);
}

/* Looks first: the word of a descriptor without a probe is not to become a page of its own. */
uint64_t safe_peers_take(int fd)
{
    if (!probes || fd < 0 || fd >= SAFE_SOCKETS_MAX || !__atomic_load_n(&probes[fd], __ATOMIC_RELAXED))
        return 0;
    return __atomic_exchange_n(&probes[fd], 0, __ATOMIC_RELAXED);
}

bool safe_peers_failed(const struct safe_peer *peer, uint64_t probe, uint64_t now_ns)
{
    return peer_table_failed(table, &crumple_config->breaker, peer, probe, now_ns);
}

void safe_peers_killed(const struct safe_peer *peer, uint64_t probe, uint64_t now_ns)
{
    struct safe_breaker_rules rules = crumple_config->breaker;
    rules.timeout_ns *= OPEN_LONGER;
    (void)peer_table_failed(table, &rules, peer, probe, now_ns);
}

bool safe_peers_are_several(const struct safe_peer *peer, bool is_now, uint64_t now_ns)
{
    if (is_now)
        peer_table_excuse(table, &crumple_config->breaker, peer, now_ns);
    return is_now || peer_table_is_common(table, peer, now_ns);
}

void safe_peers_done(uint64_t probe, uint64_t now_ns, bool success)
{
    peer_table_done(table, &crumple_config->breaker, probe, now_ns, success);
}

void safe_peers_drain_refused(uint64_t now_ns,
                              void (*visit)(const struct safe_peer *peer, uint32_t count, void *arg),
                              void *arg)
{
    peer_table_drain_refused(table, &crumple_config->breaker, now_ns, visit, arg);
}

bool safe_peers_next_change(struct safe_peer_change *ret_change)
{
    return peer_table_next_change(table, ret_change);
}
