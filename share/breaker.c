/* SPDX-License-Identifier: MIT */
/*
 * Safe file. The names and the order of things are those of sony/gobreaker, v2/gobreaker.go, so that the two
 * can be read side by side: current_state() is currentState(), set_state() is setState(), and so on.
 */
#include "breaker.h"

#define DEFAULT_TIMEOUT_NS UINT64_C(60000000000)

static void to_new_generation(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns)
{
    b->generation++;
    b->requests = b->successes = b->failures = b->exclusions = 0;
    b->consecutive_successes = b->consecutive_failures = 0;
    b->expiry_ns = 0;
    if (b->state == SAFE_BREAKER_CLOSED && rules->interval_ns)
        b->expiry_ns = now_ns + rules->interval_ns;
    else if (b->state == SAFE_BREAKER_OPEN)
        b->expiry_ns = now_ns + (rules->timeout_ns ? rules->timeout_ns : DEFAULT_TIMEOUT_NS);
}

static void set_state(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint8_t state,
                      uint64_t now_ns, struct safe_breaker_change *change)
{
    if (b->state == state)
        return;
    change->from = b->state;
    change->to = state;
    change->changed = true;
    b->state = state;
    to_new_generation(b, rules, now_ns);
}

/*
 * gobreaker has no such thing: there, probes that never end keep the breaker half-open, and refusing, for
 * ever. Their places become free together, so long after the last of them began, and the generation moves on,
 * so that a result which comes yet is late and is dropped. What succeeded stays counted.
 */
static void expire_probes(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns)
{
    uint32_t without_result = b->requests - b->exclusions - b->successes;
    if (without_result && rules->probe_ns && b->probes_since_ns + rules->probe_ns < now_ns) {
        b->exclusions += without_result;
        b->generation++;
    }
}

static enum safe_breaker_state current_state(struct safe_breaker *b, const struct safe_breaker_rules *rules,
                                             uint64_t now_ns, struct safe_breaker_change *change)
{
    if (!b->generation) /* as newly made: gobreaker's constructor does this */
        to_new_generation(b, rules, now_ns);
    switch (b->state) {
    case SAFE_BREAKER_CLOSED:
        if (b->expiry_ns && b->expiry_ns < now_ns)
            to_new_generation(b, rules, now_ns);
        break;
    case SAFE_BREAKER_OPEN:
        if (b->expiry_ns < now_ns)
            set_state(b, rules, SAFE_BREAKER_HALF_OPEN, now_ns, change);
        break;
    default:
        expire_probes(b, rules, now_ns);
        break;
    }
    return b->state;
}

static uint32_t most_probes(const struct safe_breaker_rules *rules)
{
    return rules->max_requests ? rules->max_requests : 1;
}

static struct safe_breaker_change *start_change(const struct safe_breaker *b,
                                                struct safe_breaker_change *change)
{
    change->changed = false;
    change->from = change->to = b->state;
    return change;
}

enum safe_breaker_state safe_breaker_state(struct safe_breaker *b, const struct safe_breaker_rules *rules,
                                           uint64_t now_ns, struct safe_breaker_change *ret_change)
{
    return current_state(b, rules, now_ns, start_change(b, ret_change));
}

bool safe_breaker_allow(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                        uint64_t *ret_generation, struct safe_breaker_change *ret_change)
{
    enum safe_breaker_state state = current_state(b, rules, now_ns, start_change(b, ret_change));
    if (state == SAFE_BREAKER_OPEN)
        return false;
    if (state == SAFE_BREAKER_HALF_OPEN && b->requests - b->exclusions >= most_probes(rules))
        return false;
    b->requests++;
    if (state == SAFE_BREAKER_HALF_OPEN)
        b->probes_since_ns = now_ns;
    *ret_generation = b->generation;
    return true;
}

static void on_success(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                       struct safe_breaker_change *change)
{
    b->successes++;
    b->consecutive_successes++;
    b->consecutive_failures = 0;
    if (b->state == SAFE_BREAKER_HALF_OPEN && b->consecutive_successes >= most_probes(rules))
        set_state(b, rules, SAFE_BREAKER_CLOSED, now_ns, change);
}

static void on_failure(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                       struct safe_breaker_change *change)
{
    if (b->state == SAFE_BREAKER_HALF_OPEN) {
        set_state(b, rules, SAFE_BREAKER_OPEN, now_ns, change);
        return;
    }
    b->failures++;
    b->consecutive_failures++;
    b->consecutive_successes = 0;
    if (b->failures > rules->trip) /* ReadyToTrip */
        set_state(b, rules, SAFE_BREAKER_OPEN, now_ns, change);
}

void safe_breaker_done(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                       uint64_t generation, enum safe_breaker_result result,
                       struct safe_breaker_change *ret_change)
{
    (void)current_state(b, rules, now_ns, start_change(b, ret_change));
    if (generation != b->generation)
        return;
    if (result == SAFE_BREAKER_EXCLUDED)
        b->exclusions++;
    else if (result == SAFE_BREAKER_SUCCESS)
        on_success(b, rules, now_ns, ret_change);
    else
        on_failure(b, rules, now_ns, ret_change);
}

void safe_breaker_failed(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                         uint64_t generation, struct safe_breaker_change *ret_change)
{
    enum safe_breaker_state state = current_state(b, rules, now_ns, start_change(b, ret_change));
    if (generation != b->generation && state != SAFE_BREAKER_CLOSED)
        return;
    if (generation != b->generation)
        b->requests++;
    on_failure(b, rules, now_ns, ret_change);
}

const char *safe_breaker_name(uint8_t state)
{
    switch (state) {
    case SAFE_BREAKER_CLOSED:
        return "closed";
    case SAFE_BREAKER_HALF_OPEN:
        return "half-open";
    default:
        return "open";
    }
}

uint64_t safe_backoff_ns(uint64_t first_ns, uint64_t most_ns, uint32_t attempt, uint64_t random)
{
    uint64_t delay = first_ns;
    for (; attempt && delay < most_ns; attempt--)
        delay = delay > most_ns / 2 ? most_ns : delay * 2;
    uint64_t spread = delay / 5; /* 20 %: threads that failed together do not come back together */
    delay = delay - spread + random % (2 * spread + 1);
    return delay < most_ns ? delay : most_ns;
}
