/* SPDX-License-Identifier: MIT */
/*
 * Safe file: a circuit breaker with the state machine of sony/gobreaker (v2, fixed window), in its two-step
 * form, plus an end for probes that never finish. Time is an argument (CLOCK_MONOTONIC ns); the caller
 * serialises the calls for one breaker.
 */
#ifndef CRUMPLE_SHARE_BREAKER_H
#define CRUMPLE_SHARE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy_rules.h"

enum safe_breaker_state { SAFE_BREAKER_CLOSED = 0, SAFE_BREAKER_HALF_OPEN = 1, SAFE_BREAKER_OPEN = 2 };

struct safe_breaker {
    uint8_t state; /* of the last evaluation; safe_breaker_state() returns the current one */
    uint64_t generation;
    uint64_t expiry_ns; /* 0: none */
    uint64_t probes_since_ns;
    uint32_t requests, successes, failures, exclusions;
    uint32_t consecutive_successes, consecutive_failures;
};

/* A change of state, for the event. */
struct safe_breaker_change {
    bool changed;
    uint8_t from, to;
};

enum safe_breaker_result { SAFE_BREAKER_SUCCESS, SAFE_BREAKER_FAILURE, SAFE_BREAKER_EXCLUDED };

enum safe_breaker_state safe_breaker_state(struct safe_breaker *b, const struct safe_breaker_rules *rules,
                                           uint64_t now_ns, struct safe_breaker_change *ret_change);
/** Admits a request and returns the generation to hand back with its result. False: refused. */
bool safe_breaker_allow(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                        uint64_t *ret_generation, struct safe_breaker_change *ret_change);
/** Takes the result of an admitted request; a result of another generation is dropped. */
void safe_breaker_done(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                       uint64_t generation, enum safe_breaker_result result,
                       struct safe_breaker_change *ret_change);
/**
 * A failure now, of a request that may have been admitted long ago, or without the breaker (generation 0). In
 * the present generation it is that request's result. A failure of another generation is late and is dropped,
 * unless the breaker is closed. Then it counts as a request of the present window: a window measures the rate
 * of failures, and a connection may be older than any window.
 */
void safe_breaker_failed(struct safe_breaker *b, const struct safe_breaker_rules *rules, uint64_t now_ns,
                         uint64_t generation, struct safe_breaker_change *ret_change);
/** "closed", "half-open", "open". */
const char *safe_breaker_name(uint8_t state);

/** Exponential backoff with jitter: the delay before restart number 'attempt' (from 0). random: any number. */
uint64_t safe_backoff_ns(uint64_t first_ns, uint64_t most_ns, uint32_t attempt, uint64_t random);

#endif
