/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of the breaker. Each script is a row of steps, as gobreaker's own tests are written: let so much
 * time pass, ask, tell a result; and what is to be seen then.
 */
#include <string.h>

#include "breaker.h"
#include "unit.h"

#define S UINT64_C(1000000000)

enum what {
    END,
    PASS,    /* arg seconds go by */
    NS,      /* arg nanoseconds go by */
    ASK,     /* admitted; remembered as request number arg */
    REFUSED, /* asked, and not admitted */
    GOOD,    /* request arg succeeded */
    BAD,     /* request arg failed */
    NEITHER, /* request arg was excluded */
    LATE,    /* a failure of no known request */
    STATE,   /* the state is arg */
    COUNTS   /* requests * 100 + successes * 10 + failures is arg */
};

struct step {
    enum what what;
    int arg;
};

struct script {
    const char *name;
    struct safe_breaker_rules rules;
    struct step step[40];
};

#define CLOSED    SAFE_BREAKER_CLOSED
#define HALF_OPEN SAFE_BREAKER_HALF_OPEN
#define OPEN      SAFE_BREAKER_OPEN
#define RULES(trip, max, interval, timeout)                                                                  \
    {                                                                                                        \
        trip, max, (interval)*S, (timeout)*S, 60 * S                                                         \
    }
/* Two failures, and it opens. */
#define TRIP                                                                                                 \
    {ASK, 0}, {BAD, 0}, {ASK, 1}, {BAD, 1},                                                                  \
    {                                                                                                        \
        STATE, OPEN                                                                                          \
    }

static const struct script scripts[] = {
    {"opens when failures exceed trip, not when they reach it",
     RULES(2, 1, 60, 30),
     {{ASK, 0},
      {BAD, 0},
      {ASK, 1},
      {BAD, 1},
      {STATE, CLOSED},
      {ASK, 2},
      {BAD, 2},
      {STATE, OPEN},
      {REFUSED, 0}}},
    {"with trip 0 the first failure opens it", RULES(0, 1, 60, 30), {{ASK, 0}, {BAD, 0}, {STATE, OPEN}}},
    {"successes in between do not take failures back",
     RULES(1, 1, 60, 30),
     {{ASK, 0}, {BAD, 0}, {ASK, 1}, {GOOD, 1}, {ASK, 2}, {BAD, 2}, {STATE, OPEN}}},
    {"the window begins anew strictly after the interval",
     RULES(9, 1, 60, 30),
     {{ASK, 0}, {BAD, 0}, {PASS, 60}, {STATE, CLOSED}, {COUNTS, 101}, {NS, 1}, {STATE, CLOSED}, {COUNTS, 0}}},
    {"failures of two windows do not add up",
     RULES(1, 1, 60, 30),
     {{ASK, 0}, {BAD, 0}, {PASS, 61}, {ASK, 1}, {BAD, 1}, {STATE, CLOSED}, {COUNTS, 101}}},
    {"without an interval counts are never cleared",
     RULES(1, 1, 0, 30),
     {{ASK, 0}, {BAD, 0}, {PASS, 100000}, {ASK, 1}, {BAD, 1}, {STATE, OPEN}}},
    {"half-open strictly after the timeout",
     RULES(1, 1, 60, 30),
     {TRIP, {PASS, 30}, {STATE, OPEN}, {REFUSED, 0}, {NS, 1}, {STATE, HALF_OPEN}}},
    {"a timeout of 0 means 60 s",
     RULES(1, 1, 60, 0),
     {TRIP, {PASS, 60}, {STATE, OPEN}, {NS, 1}, {STATE, HALF_OPEN}}},
    {"half-open admits max_requests",
     RULES(1, 3, 60, 30),
     {TRIP, {PASS, 31}, {ASK, 2}, {ASK, 3}, {ASK, 4}, {REFUSED, 0}, {STATE, HALF_OPEN}}},
    {"max_requests of 0 means 1",
     RULES(1, 0, 60, 30),
     {TRIP, {PASS, 31}, {ASK, 2}, {REFUSED, 0}, {GOOD, 2}, {STATE, CLOSED}}},
    {"as many successes close it, in any order",
     RULES(1, 3, 60, 30),
     {TRIP,
      {PASS, 31},
      {ASK, 2},
      {ASK, 3},
      {ASK, 4},
      {GOOD, 4},
      {GOOD, 2},
      {STATE, HALF_OPEN},
      {REFUSED, 0},
      {GOOD, 3},
      {STATE, CLOSED},
      {COUNTS, 0}}},
    {"one failure while half-open opens it at once",
     RULES(1, 3, 60, 30),
     {TRIP, {PASS, 31}, {ASK, 2}, {ASK, 3}, {GOOD, 2}, {BAD, 3}, {STATE, OPEN}, {PASS, 30}, {STATE, OPEN}}},
    {"an excluded probe gives its place back",
     RULES(1, 1, 60, 30),
     {TRIP,
      {PASS, 31},
      {ASK, 2},
      {REFUSED, 0},
      {NEITHER, 2},
      {STATE, HALF_OPEN},
      {ASK, 3},
      {GOOD, 3},
      {STATE, CLOSED}}},
    {"a result from before a change of state is dropped",
     RULES(1, 1, 60, 30),
     {{ASK, 7},
      TRIP,
      {BAD, 7},
      {GOOD, 7},
      {PASS, 31},
      {STATE, HALF_OPEN},
      {BAD, 7},
      {STATE, HALF_OPEN},
      {GOOD, 7},
      {STATE, HALF_OPEN},
      {ASK, 2},
      {GOOD, 2},
      {STATE, CLOSED},
      {BAD, 7},
      {COUNTS, 0}}},
    {"a result from a former window is dropped",
     RULES(1, 1, 60, 30),
     {{ASK, 0}, {PASS, 61}, {ASK, 1}, {BAD, 0}, {COUNTS, 100}, {BAD, 1}, {COUNTS, 101}}},
    {"a result of a probe that failed the round is dropped in the next",
     RULES(1, 2, 60, 30),
     {TRIP,
      {PASS, 31},
      {ASK, 2},
      {ASK, 3},
      {BAD, 3},
      {PASS, 31},
      {STATE, HALF_OPEN},
      {GOOD, 2},
      {COUNTS, 0}}},
    {"probes without a result free their places",
     RULES(1, 2, 60, 30),
     {TRIP,
      {PASS, 31},
      {ASK, 2},
      {ASK, 3},
      {PASS, 60},
      {REFUSED, 0},
      {NS, 1},
      {ASK, 4},
      {ASK, 5},
      {REFUSED, 0},
      {GOOD, 2},
      {GOOD, 3},
      {STATE, HALF_OPEN},
      {BAD, 2},
      {STATE, HALF_OPEN},
      {GOOD, 4},
      {GOOD, 5},
      {STATE, CLOSED}}},
    {"what succeeded before others expired stays counted",
     RULES(1, 2, 60, 30),
     {TRIP,
      {PASS, 31},
      {ASK, 2},
      {ASK, 3},
      {GOOD, 2},
      {PASS, 61},
      {ASK, 4},
      {REFUSED, 0},
      {GOOD, 4},
      {STATE, CLOSED}}},
    {"the expiry counts from the last probe",
     RULES(1, 2, 60, 30),
     {TRIP, {PASS, 31}, {ASK, 2}, {PASS, 50}, {ASK, 3}, {PASS, 50}, {GOOD, 2}, {GOOD, 3}, {STATE, CLOSED}}},
    {"a failure of no known request counts while closed",
     RULES(1, 1, 60, 30),
     {{LATE, 0}, {COUNTS, 101}, {ASK, 0}, {PASS, 61}, {LATE, 0}, {COUNTS, 101}, {LATE, 0}, {STATE, OPEN}}},
    {"and is dropped otherwise",
     RULES(1, 1, 60, 30),
     {TRIP,
      {LATE, 0},
      {PASS, 31},
      {STATE, HALF_OPEN},
      {LATE, 0},
      {STATE, HALF_OPEN},
      {ASK, 2},
      {GOOD, 2},
      {STATE, CLOSED}}},
};

struct run {
    const struct script *script;
    struct safe_breaker breaker;
    uint64_t now;
    uint64_t generation[10];
    int changes;
    uint8_t seen; /* the state by the changes that were told */
};

static void check_state(struct run *r, int want, int line)
{
    struct safe_breaker_change change;
    int got = safe_breaker_state(&r->breaker, &r->script->rules, r->now, &change);
    if (change.changed) {
        ck_assert_int_eq(change.from, r->seen);
        r->seen = change.to;
    }
    ck_assert_msg(got == want, "%s, step %d: %s", r->script->name, line, safe_breaker_name((uint8_t)got));
}

static void take(struct run *r, const struct step *s, int line)
{
    struct safe_breaker *b = &r->breaker;
    struct safe_breaker_change change = {false, 0, 0};
    const struct safe_breaker_rules *rules = &r->script->rules;
    uint64_t unused;
    bool admitted;
    switch (s->what) {
    case PASS:
        r->now += (uint64_t)s->arg * S;
        break;
    case NS:
        r->now += (uint64_t)s->arg;
        break;
    case ASK:
        admitted = safe_breaker_allow(b, rules, r->now, &r->generation[s->arg], &change);
        ck_assert_msg(admitted, "%s, step %d: refused", r->script->name, line);
        break;
    case REFUSED:
        admitted = safe_breaker_allow(b, rules, r->now, &unused, &change);
        ck_assert_msg(!admitted, "%s, step %d: admitted", r->script->name, line);
        break;
    case GOOD:
        safe_breaker_done(b, rules, r->now, r->generation[s->arg], SAFE_BREAKER_SUCCESS, &change);
        break;
    case BAD:
        safe_breaker_done(b, rules, r->now, r->generation[s->arg], SAFE_BREAKER_FAILURE, &change);
        break;
    case NEITHER:
        safe_breaker_done(b, rules, r->now, r->generation[s->arg], SAFE_BREAKER_EXCLUDED, &change);
        break;
    case LATE:
        safe_breaker_failed(b, rules, r->now, 0, &change);
        break;
    case STATE:
        check_state(r, s->arg, line);
        break;
    default:
        unused = b->requests * 100 + b->successes * 10 + b->failures;
        ck_assert_msg((int)unused == s->arg, "%s, step %d: counts %d", r->script->name, line, (int)unused);
    }
    if (change.changed) {
        ck_assert_int_eq(change.from, r->seen);
        ck_assert_int_ne(change.to, change.from);
        r->seen = change.to;
    }
}

START_TEST(scripts_go_as_with_gobreaker)
{
    struct run r = {.script = &scripts[_i], .now = 1000 * S};
    int i;
    for (i = 0; i < 40 && r.script->step[i].what != END; i++)
        take(&r, &r.script->step[i], i);
    ck_assert_int_eq(r.seen, r.breaker.state);
}
END_TEST

START_TEST(states_have_names)
{
    ck_assert_str_eq(safe_breaker_name(CLOSED), "closed");
    ck_assert_str_eq(safe_breaker_name(HALF_OPEN), "half-open");
    ck_assert_str_eq(safe_breaker_name(OPEN), "open");
}
END_TEST

START_TEST(the_backoff_doubles_to_its_cap_with_a_fifth_of_jitter)
{
    uint64_t first = S / 10, most = 30 * S, nominal = first, random;
    uint32_t attempt;
    for (attempt = 0; attempt < 80; attempt++) {
        for (random = 0; random < 64; random++) {
            uint64_t got = safe_backoff_ns(first, most, attempt, random * UINT64_C(0x9e3779b97f4a7c15));
            ck_assert_uint_ge(got, nominal - nominal / 5);
            ck_assert_uint_le(got, nominal + nominal / 5 < most ? nominal + nominal / 5 : most);
        }
        nominal = 2 * nominal < most ? 2 * nominal : most;
    }
    ck_assert_uint_eq(safe_backoff_ns(first, most, 0, 0), 80000000);
    ck_assert_uint_eq(safe_backoff_ns(first, most, 0, 40000000), 120000000);
    ck_assert_uint_eq(safe_backoff_ns(UINT64_MAX / 4, UINT64_MAX / 2, UINT32_MAX, 0), /* no overflow */
                      UINT64_MAX / 2 - UINT64_MAX / 2 / 5);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, scripts_go_as_with_gobreaker, 0, sizeof scripts / sizeof *scripts);
    tcase_add_test(tests, states_have_names);
    tcase_add_test(tests, the_backoff_doubles_to_its_cap_with_a_fifth_of_jitter);
}
