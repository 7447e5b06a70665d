/* SPDX-License-Identifier: MIT */
/* Safe file: runs in hooks, signal handlers and the keeper. */
#include "track/routine_runs.h"

#include <errno.h>

#include "state/config.h"
#include "lock.h"
#include "base/sys.h"
#include "base/text.h"

#define CHANGES_MAX 128
#define UPTIME_NS   UINT64_C(60000000000)

/* Wiped by the kernel in a forked child, which thereby learns that it is one. */
struct state {
    _Atomic int lock;
    bool is_used;
    struct safe_breaker_rules rules;  /* a run never expires: settle() says what becomes of a long one */
    uint64_t changes_in, changes_out; /* of ring[]; both only grow */
    struct safe_routine_change ring[CHANGES_MAX];
};

struct safe_routine *safe_routines;

static struct state *state;

int safe_routines_prepare(void)
{
    state = safe_lock_map(sizeof *state);
    return state ? 0 : -ENOMEM;
}

/* The names stay, as the code does; the parent's threads, and how they fared, are not the child's. */
static void start_clean(void)
{
    for (uint32_t i = 0; i < ROUTINES_MAX; i++) {
        struct safe_routine *r = &safe_routines[i];
        if (r->breaker.generation || r->restart_at || r->parked) {
            safe_zero(&r->breaker, sizeof r->breaker);
            r->restart_at = r->attempt = r->parked = 0;
            r->healthy_ns = 0;
        }
    }
    state->rules = crumple_config->breaker;
    state->rules.probe_ns = 0;
    state->is_used = true;
}

/* The routine, with the lock taken; NULL: there is none, or the lock was busy. */
static struct safe_routine *enter(uint16_t routine)
{
    if (!state || !safe_routines || !routine || routine > ROUTINES_MAX || !safe_lock_take(&state->lock))
        return NULL;
    if (!state->is_used)
        start_clean();
    return &safe_routines[routine - 1];
}

static void leave(void)
{
    safe_lock_give(&state->lock);
}

static void note(const struct safe_routine *r, const struct safe_breaker_change *change, uint64_t now_ns)
{
    if (!change->changed)
        return;
    if (state->changes_in - state->changes_out == CHANGES_MAX)
        state->changes_out++;
    state->ring[state->changes_in++ % CHANGES_MAX] =
        (struct safe_routine_change){(uint16_t)(r - safe_routines + 1), change->from, change->to, now_ns};
}

/*
 * A probe that has been up for 60 s was a success, without anybody's watching: its result is counted here,
 * the next time anybody asks. If that does not close the breaker, the generation moves on, so that the run's
 * own result is not counted again.
 */
static void settle(struct safe_routine *r, uint64_t now_ns)
{
    struct safe_breaker *b = &r->breaker;
    struct safe_breaker_change change = {false, 0, 0};
    if (b->state != SAFE_BREAKER_HALF_OPEN || now_ns < b->probes_since_ns + UPTIME_NS)
        return;
    uint32_t up = b->requests - b->exclusions - b->successes;
    if (!up)
        return;
    for (; up && !change.changed; up--)
        safe_breaker_done(b, &state->rules, now_ns, b->generation, SAFE_BREAKER_SUCCESS, &change);
    note(r, &change, now_ns);
    if (!change.changed)
        b->generation++;
}

static bool allow(struct safe_routine *r, uint64_t now_ns, uint64_t *ret_generation)
{
    struct safe_breaker_change change;
    settle(r, now_ns);
    bool admitted = safe_breaker_allow(&r->breaker, &state->rules, now_ns, ret_generation, &change);
    note(r, &change, now_ns);
    return admitted;
}

bool safe_routines_allow(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation)
{
    struct safe_routine *r = enter(routine);
    *ret_generation = 0;
    if (!r)
        return true;
    bool admitted = allow(r, now_ns, ret_generation);
    leave();
    return admitted;
}

void safe_routines_done(uint16_t routine, uint64_t generation, uint64_t now_ns,
                        enum safe_breaker_result result)
{
    struct safe_breaker_change change;
    struct safe_routine *r = enter(routine);
    if (!r)
        return;
    settle(r, now_ns);
    if (result == SAFE_BREAKER_FAILURE)
        safe_breaker_failed(&r->breaker, &state->rules, now_ns, generation, &change);
    else
        safe_breaker_done(&r->breaker, &state->rules, now_ns, generation, result, &change);
    note(r, &change, now_ns);
    leave();
}

bool safe_routines_open(uint16_t routine, uint64_t generation, uint64_t now_ns)
{
    struct safe_breaker_change change;
    struct safe_routine *r = enter(routine);
    if (!r)
        return false;
    settle(r, now_ns);
    enum safe_breaker_state now = safe_breaker_state(&r->breaker, &state->rules, now_ns, &change);
    note(r, &change, now_ns);
    bool is_probe = now == SAFE_BREAKER_HALF_OPEN && generation == r->breaker.generation;
    leave();
    return now != SAFE_BREAKER_CLOSED && !is_probe;
}

/* As OTP's supervisor counts: the edge of the window belongs to it. */
static uint32_t count_recent(const struct safe_routine *r, uint64_t now_ns)
{
    uint32_t n = r->restart_at < ROUTINE_RESTARTS ? r->restart_at : ROUTINE_RESTARTS, recent = 0;
    for (uint32_t i = 0; i < n; i++)
        recent += r->restart_ns[i] + crumple_config->restart_window_ns >= now_ns;
    return recent;
}

uint32_t safe_routines_recent(uint16_t routine, uint64_t now_ns)
{
    struct safe_routine *r = enter(routine);
    uint32_t recent = 0;
    if (!r)
        return 0;
    recent = count_recent(r, now_ns);
    leave();
    return recent;
}

uint32_t safe_routines_restarted(uint16_t routine, uint64_t now_ns, uint64_t random, uint64_t *ret_delay_ns)
{
    struct safe_routine *r = enter(routine);
    uint64_t first = crumple_config->backoff_first_ns, most = crumple_config->backoff_most_ns;
    if (!r) {
        *ret_delay_ns = most; /* nothing is known of it: at least no storm */
        return 1;
    }
    if (now_ns > r->healthy_ns)
        r->attempt = 0;
    *ret_delay_ns = safe_backoff_ns(first, most, r->attempt, random);
    if (r->attempt < 64)
        r->attempt++;
    r->healthy_ns = now_ns + *ret_delay_ns + UPTIME_NS;
    r->restart_ns[r->restart_at % ROUTINE_RESTARTS] = now_ns;
    r->restart_at++;
    if (r->restart_at == 2 * ROUTINE_RESTARTS) /* stays full, never wraps to empty */
        r->restart_at = ROUTINE_RESTARTS;
    uint32_t recent = count_recent(r, now_ns);
    leave();
    return recent;
}

void safe_routines_park(uint16_t routine)
{
    struct safe_routine *r = enter(routine);
    if (!r)
        return;
    r->parked++;
    leave();
}

bool safe_routines_unpark(uint16_t routine, uint64_t now_ns, uint64_t *ret_generation)
{
    struct safe_routine *r = enter(routine);
    *ret_generation = 0;
    if (!r)
        return false;
    bool may = allow(r, now_ns, ret_generation);
    if (may && r->breaker.state == SAFE_BREAKER_CLOSED &&
        count_recent(r, now_ns) >= crumple_config->restarts_most) {
        struct safe_breaker_change change;
        safe_breaker_done(&r->breaker, &state->rules, now_ns, *ret_generation, SAFE_BREAKER_EXCLUDED,
                          &change);
        may = false;
    }
    if (may && r->parked)
        r->parked--;
    leave();
    return may;
}

void safe_routines_cancelled(uint16_t routine)
{
    struct safe_routine *r = enter(routine);
    if (!r)
        return;
    if (r->parked)
        r->parked--;
    leave();
}

bool safe_routines_next_change(struct safe_routine_change *ret_change)
{
    if (!enter(1))
        return false;
    bool any = state->changes_out != state->changes_in;
    if (any)
        *ret_change = state->ring[state->changes_out++ % CHANGES_MAX];
    leave();
    return any;
}
