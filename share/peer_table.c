/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks, signal handlers and the keeper; in crumple-run. See peer_table.h. */
#include "peer_table.h"

#include "lock.h"

/* A probe is generation << SLOT_BITS | slot. Each life of a slot begins LIFE generations behind the former,
 * so that a late result never counts for the peer that has the slot by then. */
#define SLOT_BITS 8
#define LIFE      (UINT64_C(1) << 24)

struct entry {
    struct safe_peer peer; /* family 0: free */
    struct safe_breaker breaker;
    uint64_t used_ns;         /* last admission, refusal or failure */
    uint32_t refused;         /* since drained */
    uint64_t common_until_ns; /* until then several clients have this address; 0: one, as far as is known */
};

struct peer_table {
    _Atomic int lock;        /* guards the rest */
    _Atomic int news;        /* 1: something is to be drained */
    _Atomic int active;      /* entries in use, for those without the lock */
    int count;               /* the same */
    _Atomic uint32_t opened; /* breakers, ever */
    uint64_t lives;
    uint64_t changes_in, changes_out; /* of ring[]; both only grow */
    struct safe_peer_change ring[PEER_TABLE_CHANGES_MAX];
    struct entry entry[PEER_TABLE_PEERS_MAX];
};
_Static_assert(PEER_TABLE_PEERS_MAX <= 1 << SLOT_BITS, "a probe names its slot");
_Static_assert(sizeof(struct peer_table) <= PEER_TABLE_BYTES, "the memory that callers provide");

bool safe_peer_equal(const struct safe_peer *a, const struct safe_peer *b)
{
    size_t n = a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
    if (a->family != b->family)
        return false;
    for (size_t i = 0; i < n; i++)
        if (a->address[i] != b->address[i])
            return false;
    return true;
}

const _Atomic int *peer_table_active(const struct peer_table *table)
{
    return &table->active;
}

static bool enter(struct peer_table *table)
{
    return table && safe_lock_take(&table->lock);
}

static void leave(struct peer_table *table)
{
    __atomic_store_n(&table->active, table->count, __ATOMIC_RELAXED);
    safe_lock_give(&table->lock);
}

static void note(struct peer_table *table, const struct entry *e, const struct safe_breaker_change *change,
                 uint64_t now_ns)
{
    if (!change->changed)
        return;
    __atomic_store_n(&table->news, 1, __ATOMIC_RELAXED);
    if (change->to == SAFE_BREAKER_OPEN)
        __atomic_fetch_add(&table->opened, 1, __ATOMIC_RELAXED);
    if (table->changes_in - table->changes_out == PEER_TABLE_CHANGES_MAX)
        table->changes_out++;
    table->ring[table->changes_in++ % PEER_TABLE_CHANGES_MAX] =
        (struct safe_peer_change){e->peer, change->from, change->to, now_ns};
}

static struct entry *find(struct peer_table *table, const struct safe_peer *peer)
{
    for (uint32_t i = 0; i < PEER_TABLE_PEERS_MAX && table->count; i++)
        if (table->entry[i].peer.family && safe_peer_equal(&table->entry[i].peer, peer))
            return &table->entry[i];
    return NULL;
}

static void forget(struct peer_table *table, struct entry *e)
{
    e->peer.family = 0;
    e->refused = 0;
    table->count--;
}

static bool is_common(const struct entry *e, uint64_t now_ns)
{
    return now_ns < e->common_until_ns;
}

/* Closed, and no request since the window began: as if there were no entry. */
static bool is_blank(struct entry *e, const struct safe_breaker_rules *rules, uint64_t now_ns)
{
    struct safe_breaker_change change;
    return !is_common(e, now_ns) && e->breaker.state == SAFE_BREAKER_CLOSED && !e->refused &&
           safe_breaker_state(&e->breaker, rules, now_ns, &change) == SAFE_BREAKER_CLOSED &&
           !e->breaker.requests;
}

/* 0: to be given up first (closed, no request under way), then closed, then the rest. */
static int worth(const struct entry *e)
{
    const struct safe_breaker *b = &e->breaker;
    if (b->state != SAFE_BREAKER_CLOSED)
        return 2;
    return e->common_until_ns || b->requests > b->successes + b->failures + b->exclusions;
}

/* A free entry, or the one that is missed least: of the least worth, the one used longest ago. */
static struct entry *make_room(struct peer_table *table)
{
    struct entry *least = &table->entry[0];
    for (uint32_t i = 0; i < PEER_TABLE_PEERS_MAX; i++) {
        struct entry *e = &table->entry[i];
        if (!e->peer.family)
            return e;
        if (worth(e) < worth(least) || (worth(e) == worth(least) && e->used_ns < least->used_ns))
            least = e;
    }
    forget(table, least);
    return least;
}

static struct entry *make(struct peer_table *table, const struct safe_breaker_rules *rules,
                          const struct safe_peer *peer, uint64_t now_ns)
{
    struct safe_breaker_change change;
    struct entry *e = make_room(table);
    *e = (struct entry){.peer = *peer, .used_ns = now_ns};
    safe_breaker_state(&e->breaker, rules, now_ns, &change);
    e->breaker.generation += ++table->lives * LIFE;
    table->count++;
    return e;
}

static bool admit_entry(struct peer_table *table, const struct safe_breaker_rules *rules, struct entry *e,
                        uint64_t now_ns, uint64_t *ret_probe)
{
    struct safe_breaker_change change;
    uint64_t generation;
    e->used_ns = now_ns;
    bool admitted = safe_breaker_allow(&e->breaker, rules, now_ns, &generation, &change);
    note(table, e, &change, now_ns);
    if (admitted)
        *ret_probe = generation << SLOT_BITS | (uint64_t)(e - table->entry);
    else if (e->refused < UINT32_MAX)
        e->refused++;
    if (!admitted)
        __atomic_store_n(&table->news, 1, __ATOMIC_RELAXED);
    return admitted;
}

bool peer_table_admit(struct peer_table *table, const struct safe_breaker_rules *rules,
                      const struct safe_peer *peer, uint64_t now_ns, uint64_t *ret_probe)
{
    bool admitted = true;
    *ret_probe = 0;
    if (!peer->family || !enter(table))
        return true;
    struct entry *e = find(table, peer);
    if (e && is_blank(e, rules, now_ns))
        forget(table, e);
    else if (e && !is_common(e, now_ns))
        admitted = admit_entry(table, rules, e, now_ns, ret_probe);
    leave(table);
    return admitted;
}

bool peer_table_failed(struct peer_table *table, const struct safe_breaker_rules *rules,
                       const struct safe_peer *peer, uint64_t probe, uint64_t now_ns)
{
    struct safe_breaker_change change;
    if (!peer->family || !enter(table))
        return true;
    struct entry *e = find(table, peer);
    if (!e)
        e = make(table, rules, peer, now_ns);
    e->used_ns = now_ns;
    if (is_common(e, now_ns)) {
        leave(table);
        return true;
    }
    bool first = safe_breaker_state(&e->breaker, rules, now_ns, &change) == SAFE_BREAKER_CLOSED &&
                 !e->breaker.failures;
    note(table, e, &change, now_ns);
    safe_breaker_failed(&e->breaker, rules, now_ns, probe >> SLOT_BITS, &change);
    note(table, e, &change, now_ns);
    leave(table);
    return first;
}

void peer_table_excuse(struct peer_table *table, const struct safe_breaker_rules *rules,
                       const struct safe_peer *peer, uint64_t now_ns)
{
    if (!peer->family || !enter(table))
        return;
    struct entry *e = find(table, peer);
    if (!e)
        e = make(table, rules, peer, now_ns);
    const struct safe_breaker_change change = {e->breaker.state != SAFE_BREAKER_CLOSED, e->breaker.state,
                                               SAFE_BREAKER_CLOSED};
    note(table, e, &change, now_ns);
    e->breaker = (struct safe_breaker){.generation = e->breaker.generation + 1};
    e->common_until_ns = now_ns + PEER_TABLE_COMMON_NS;
    e->used_ns = now_ns;
    leave(table);
}

bool peer_table_is_common(struct peer_table *table, const struct safe_peer *peer, uint64_t now_ns)
{
    if (!peer->family || !enter(table))
        return false;
    const struct entry *e = find(table, peer);
    bool common = e && is_common(e, now_ns);
    leave(table);
    return common;
}

void peer_table_done(struct peer_table *table, const struct safe_breaker_rules *rules, uint64_t probe,
                     uint64_t now_ns, bool success)
{
    struct safe_breaker_change change;
    if (!probe || !enter(table))
        return;
    struct entry *e = &table->entry[probe % (1 << SLOT_BITS) % PEER_TABLE_PEERS_MAX];
    if (e->peer.family) {
        safe_breaker_done(&e->breaker, rules, now_ns, probe >> SLOT_BITS,
                          success ? SAFE_BREAKER_SUCCESS : SAFE_BREAKER_EXCLUDED, &change);
        note(table, e, &change, now_ns);
    }
    leave(table);
}

void peer_table_drain_refused(struct peer_table *table, const struct safe_breaker_rules *rules,
                              uint64_t now_ns,
                              void (*visit)(const struct safe_peer *peer, uint32_t count, void *arg),
                              void *arg)
{
    for (uint32_t i = 0; table && i < PEER_TABLE_PEERS_MAX; i++) {
        struct entry *e = &table->entry[i];
        if (!enter(table))
            return;
        struct safe_peer peer = e->peer;
        uint32_t count = peer.family ? e->refused : 0;
        e->refused = 0;
        if (peer.family && is_blank(e, rules, now_ns))
            forget(table, e);
        leave(table);
        if (count)
            visit(&peer, count, arg);
    }
}

bool peer_table_next_change(struct peer_table *table, struct safe_peer_change *ret_change)
{
    if (!enter(table))
        return false;
    bool any = table->changes_out != table->changes_in;
    if (any)
        *ret_change = table->ring[table->changes_out++ % PEER_TABLE_CHANGES_MAX];
    leave(table);
    return any;
}

bool peer_table_has_news(struct peer_table *table)
{
    return __atomic_load_n(&table->news, __ATOMIC_RELAXED) &&
           __atomic_exchange_n(&table->news, 0, __ATOMIC_RELAXED);
}

uint32_t peer_table_opened(const struct peer_table *table)
{
    return __atomic_load_n(&table->opened, __ATOMIC_RELAXED);
}

bool peer_table_unlock_stuck(struct peer_table *table, bool was_locked)
{
    bool is_locked = __atomic_load_n(&table->lock, __ATOMIC_RELAXED);
    if (is_locked && was_locked)
        safe_lock_give(&table->lock);
    return is_locked && !was_locked;
}

void peer_table_new_life(struct peer_table *table)
{
    safe_lock_give(&table->lock);
}
