/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks, signal handlers and the keeper. */
#include "track/peers.h"

#include <errno.h>
#include <time.h>

#include "track/sockets.h"
#include "state/config.h"
#include "track/breaker.h"
#include "base/lock.h"
#include "base/sys.h"

#define CHANGES_MAX 256
/* A probe is generation << SLOT_BITS | slot. Each life of a slot begins LIFE generations behind the former,
 * so that a late result never counts for the peer that has the slot by then. */
#define SLOT_BITS 8
#define LIFE      (UINT64_C(1) << 24)

struct entry {
    struct safe_peer peer; /* family 0: free */
    struct safe_breaker breaker;
    uint64_t used_ns; /* last admission, refusal or failure */
    uint32_t refused; /* since drained */
};

/* One mapping, wiped by the kernel in a forked child. All but 'probe' is guarded by 'lock'. */
struct table {
    _Atomic int lock;
    int count; /* entries in use */
    uint64_t lives;
    uint64_t changes_in, changes_out; /* of ring[]; both only grow */
    struct safe_peer_change ring[CHANGES_MAX];
    struct entry entry[SAFE_PEERS_MAX];
    /* by descriptor; each word belongs to the thread that uses the descriptor */
    _Atomic uint64_t probe[SAFE_SOCKETS_MAX];
};
_Static_assert(SAFE_PEERS_MAX <= 1 << SLOT_BITS, "a probe names its slot");

_Atomic int safe_peers_active;

static struct table *table;

int safe_peers_prepare(void)
{
    table = safe_lock_map(sizeof *table);
    return table ? 0 : -ENOMEM;
}

static bool enter(void)
{
    return table && safe_lock_take(&table->lock);
}

static void leave(void)
{
    __atomic_store_n(&safe_peers_active, table->count, __ATOMIC_RELAXED);
    safe_lock_give(&table->lock);
}

static void note(const struct entry *e, const struct safe_breaker_change *change, uint64_t now_ns)
{
    if (!change->changed)
        return;
    if (table->changes_in - table->changes_out == CHANGES_MAX)
        table->changes_out++;
    table->ring[table->changes_in++ % CHANGES_MAX] =
        (struct safe_peer_change){e->peer, change->from, change->to, now_ns};
}

static struct entry *find(const struct safe_peer *peer)
{
    for (uint32_t i = 0; i < SAFE_PEERS_MAX && table->count; i++)
        if (table->entry[i].peer.family && safe_peer_equal(&table->entry[i].peer, peer))
            return &table->entry[i];
    return NULL;
}

static void forget(struct entry *e)
{
    e->peer.family = 0;
    e->refused = 0;
    table->count--;
}

/* Closed, and no request since the window began: as if there were no entry. */
static bool is_blank(struct entry *e, uint64_t now_ns)
{
    struct safe_breaker_change change;
    return e->breaker.state == SAFE_BREAKER_CLOSED && !e->refused &&
           safe_breaker_state(&e->breaker, &crumple_config->breaker, now_ns, &change) ==
               SAFE_BREAKER_CLOSED &&
           !e->breaker.requests;
}

/* 0: to be given up first (closed, no request under way), then closed, then the rest. */
static int worth(const struct entry *e)
{
    const struct safe_breaker *b = &e->breaker;
    if (b->state != SAFE_BREAKER_CLOSED)
        return 2;
    return b->requests > b->successes + b->failures + b->exclusions;
}

/* A free entry, or the one that is missed least: of the least worth, the one used longest ago. */
static struct entry *make_room(void)
{
    struct entry *least = &table->entry[0];
    for (uint32_t i = 0; i < SAFE_PEERS_MAX; i++) {
        struct entry *e = &table->entry[i];
        if (!e->peer.family)
            return e;
        if (worth(e) < worth(least) || (worth(e) == worth(least) && e->used_ns < least->used_ns))
            least = e;
    }
    forget(least);
    return least;
}

static struct entry *make(const struct safe_peer *peer, uint64_t now_ns)
{
    struct safe_breaker_change change;
    struct entry *e = make_room();
    *e = (struct entry){.peer = *peer, .used_ns = now_ns};
    safe_breaker_state(&e->breaker, &crumple_config->breaker, now_ns, &change);
    e->breaker.generation += ++table->lives * LIFE;
    table->count++;
    return e;
}

static bool admit_entry(struct entry *e, uint64_t now_ns, uint64_t *ret_probe)
{
    struct safe_breaker_change change;
    uint64_t generation;
    e->used_ns = now_ns;
    bool admitted = safe_breaker_allow(&e->breaker, &crumple_config->breaker, now_ns, &generation, &change);
    note(e, &change, now_ns);
    if (admitted)
        *ret_probe = generation << SLOT_BITS | (uint64_t)(e - table->entry);
    else if (e->refused < UINT32_MAX)
        e->refused++;
    return admitted;
}

bool safe_peers_admit_peer(const struct safe_peer *peer, uint64_t now_ns, uint64_t *ret_probe)
{
    bool admitted = true;
    *ret_probe = 0;
    if (!peer->family || !enter())
        return true;
    struct entry *e = find(peer);
    if (e && is_blank(e, now_ns))
        forget(e);
    else if (e)
        admitted = admit_entry(e, now_ns, ret_probe);
    leave();
    return admitted;
}

bool safe_peers_admit(int fd, uint64_t *ret_probe)
{
    *ret_probe = 0;
    if (!__atomic_load_n(&safe_peers_active, __ATOMIC_RELAXED))
        return true;
    struct safe_peer peer = safe_peer_of(fd);
    return safe_peers_admit_peer(&peer, safe_clock_ns(CLOCK_MONOTONIC), ret_probe);
}

void safe_peers_mark(int fd, uint64_t probe)
{
    if (table && fd >= 0 && fd < SAFE_SOCKETS_MAX)
        __atomic_store_n(&table->probe[fd], probe, __ATOMIC_RELAXED);
}

/* Looks first: the word of a descriptor without a probe is not to become a page of its own. */
uint64_t safe_peers_take(int fd)
{
    if (!table || fd < 0 || fd >= SAFE_SOCKETS_MAX || !__atomic_load_n(&table->probe[fd], __ATOMIC_RELAXED))
        return 0;
    return __atomic_exchange_n(&table->probe[fd], 0, __ATOMIC_RELAXED);
}

bool safe_peers_failed(const struct safe_peer *peer, uint64_t probe, uint64_t now_ns)
{
    struct safe_breaker_change change;
    bool first;
    if (!peer->family || !enter())
        return true;
    struct entry *e = find(peer);
    if (!e)
        e = make(peer, now_ns);
    e->used_ns = now_ns;
    first =
        safe_breaker_state(&e->breaker, &crumple_config->breaker, now_ns, &change) == SAFE_BREAKER_CLOSED &&
        !e->breaker.failures;
    note(e, &change, now_ns);
    safe_breaker_failed(&e->breaker, &crumple_config->breaker, now_ns, probe >> SLOT_BITS, &change);
    note(e, &change, now_ns);
    leave();
    return first;
}

void safe_peers_done(uint64_t probe, uint64_t now_ns, bool success)
{
    struct safe_breaker_change change;
    if (!probe || !enter())
        return;
    struct entry *e = &table->entry[probe % (1 << SLOT_BITS) % SAFE_PEERS_MAX];
    if (e->peer.family) {
        safe_breaker_done(&e->breaker, &crumple_config->breaker, now_ns, probe >> SLOT_BITS,
                          success ? SAFE_BREAKER_SUCCESS : SAFE_BREAKER_EXCLUDED, &change);
        note(e, &change, now_ns);
    }
    leave();
}

void safe_peers_drain_refused(uint64_t now_ns,
                              void (*visit)(const struct safe_peer *peer, uint32_t count, void *arg),
                              void *arg)
{
    for (uint32_t i = 0; table && i < SAFE_PEERS_MAX; i++) {
        struct entry *e = &table->entry[i];
        if (!enter())
            return;
        struct safe_peer peer = e->peer;
        uint32_t count = peer.family ? e->refused : 0;
        e->refused = 0;
        if (peer.family && is_blank(e, now_ns))
            forget(e);
        leave();
        if (count)
            visit(&peer, count, arg);
    }
}

bool safe_peers_next_change(struct safe_peer_change *ret_change)
{
    if (!enter())
        return false;
    bool any = table->changes_out != table->changes_in;
    if (any)
        *ret_change = table->ring[table->changes_out++ % CHANGES_MAX];
    leave();
    return any;
}
