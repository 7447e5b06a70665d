/* SPDX-License-Identifier: MIT */
/* Safe file: see out/happenings.h. */
#include "out/happenings.h"

#include <stddef.h>
#include <time.h>

#include "state/config.h"
#include "out/events.h"
#include "base/io.h"
#include "track/peers.h"
#include "track/routine_runs.h"
#include "out/say.h"
#include "state/fault.h"
#include "base/peer_address.h"

#define RING              64u
#define REFUSALS_EVERY_NS UINT64_C(1000000000)

struct happening {
    _Atomic uint32_t ready; /* its number + 1, when it is whole */
    uint8_t kind;           /* enum safe_event_kind */
    uint16_t routine;
    uint32_t attempt;
    uint64_t time_ns, delay_ns;
    const char *reason;
};

static struct happening ring[RING];
static _Atomic uint32_t written; /* numbers given out */
static uint32_t read_so_far;     /* by the keeper */
static uint64_t refusals_ns;

static struct happening *begin(uint8_t kind, uint32_t *ret_number)
{
    uint32_t number = __atomic_fetch_add(&written, 1, __ATOMIC_ACQ_REL);
    struct happening *h = &ring[number % RING];
    __atomic_store_n(&h->ready, 0, __ATOMIC_RELEASE);
    h->kind = kind;
    h->time_ns = safe_clock_ns(CLOCK_REALTIME);
    *ret_number = number;
    return h;
}

static void finish(struct happening *h, uint32_t number)
{
    __atomic_store_n(&h->ready, number + 1, __ATOMIC_RELEASE);
}

void safe_happened_restart(uint16_t routine, uint64_t delay_ns, uint32_t attempt)
{
    uint32_t number;
    struct happening *h = begin(SAFE_EVENT_RESTART, &number);
    h->routine = routine;
    h->delay_ns = delay_ns;
    h->attempt = attempt;
    finish(h, number);
}

void safe_happened_parked(uint16_t routine, bool parked)
{
    uint32_t number;
    struct happening *h = begin(parked ? SAFE_EVENT_PARKED : SAFE_EVENT_UNPARKED, &number);
    h->routine = routine;
    finish(h, number);
}

void safe_happened_escalation(const char *reason)
{
    uint32_t number;
    struct happening *h = begin(SAFE_EVENT_ESCALATED, &number);
    h->reason = reason;
    finish(h, number);
}

static const char *name_of(uint16_t routine)
{
    return routine && safe_routines ? safe_routines[routine - 1].names : "";
}

/* The directory is opened when there is something to write. */
static int (*open_directory)(void);
static int directory;

static void append(const struct safe_event *e)
{
    if (directory < 0)
        directory = open_directory();
    if (directory >= 0)
        safe_event_append(directory, e);
}

static struct safe_event event_of(uint8_t kind)
{
    return (struct safe_event){.kind = kind, .exe = crumple_config->exe, .pid = (int64_t)safe_state->pid};
}

static void write_ring(void)
{
    uint32_t end = __atomic_load_n(&written, __ATOMIC_ACQUIRE);
    if (end - read_so_far > RING)
        read_so_far = end - RING;
    for (; read_so_far != end; read_so_far++) {
        const struct happening *h = &ring[read_so_far % RING];
        struct safe_event e = event_of(h->kind);
        if (__atomic_load_n(&h->ready, __ATOMIC_ACQUIRE) != read_so_far + 1)
            return; /* being written: next time */
        e.time_ns = h->time_ns;
        e.routine = name_of(h->routine);
        e.delay_ms = h->delay_ns / 1000000;
        e.attempt = h->attempt;
        e.reason = h->reason;
        append(&e);
    }
}

static void write_change(const char *scope, const char *name, uint8_t from, uint8_t to)
{
    struct safe_event e = event_of(SAFE_EVENT_BREAKER);
    e.scope = scope;
    e.name = name;
    e.from = safe_breaker_name(from);
    e.to = safe_breaker_name(to);
    append(&e);
    safe_say_breaker(scope, name, e.from, e.to);
}

static void write_refused(const struct safe_peer *peer, uint32_t count, void *unused)
{
    char text[48];
    struct safe_event e = event_of(SAFE_EVENT_PEER_REFUSED);
    (void)unused;
    e.peer = text;
    e.count = count;
    safe_peer_text(peer, text, sizeof text);
    append(&e);
}

bool safe_happenings_pending(void)
{
    return __atomic_load_n(&written, __ATOMIC_ACQUIRE) != read_so_far;
}

bool safe_happenings_write(int (*open_dir)(void), bool last)
{
    struct safe_peer_change peer;
    struct safe_routine_change routine;
    uint64_t now = safe_clock_ns(CLOCK_MONOTONIC);
    open_directory = open_dir;
    directory = -1;
    write_ring();
    while (safe_peers_next_change(&peer)) {
        char text[48];
        safe_peer_text(&peer.peer, text, sizeof text);
        write_change("peer", text, peer.from, peer.to);
    }
    while (safe_routines_next_change(&routine))
        write_change("routine", name_of(routine.routine), routine.from, routine.to);
    if (last || now - refusals_ns >= REFUSALS_EVERY_NS) {
        refusals_ns = now;
        safe_peers_drain_refused(now, write_refused, NULL);
    }
    bool wrote = directory >= 0;
    safe_close(directory);
    return wrote;
}
