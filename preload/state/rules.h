/* SPDX-License-Identifier: MIT */
/* The operator's policy: the entries of CRUMPLE_RECOVER and the settings of CRUMPLE_BREAKER. */
#ifndef CRUMPLE_PRELOAD_STATE_RULES_H
#define CRUMPLE_PRELOAD_STATE_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum safe_action { SAFE_ACTION_CRASH = 0, SAFE_ACTION_CONTAIN = 1, SAFE_ACTION_RESTART = 2 };
/* What happens to a routine that was restarted too often. */
enum safe_after { SAFE_AFTER_DIE = 0, SAFE_AFTER_PARK = 1 };

#define SAFE_RULES_MAX     32
#define SAFE_PATTERN_BYTES 128

/* One entry of CRUMPLE_RECOVER. */
struct safe_rule {
    char pattern[SAFE_PATTERN_BYTES]; /* shell glob: * ? [...] */
    uint8_t action;                   /* enum safe_action */
    uint8_t after;                    /* enum safe_after; restart only. Default: die */
    bool wide;                        /* also addresses far from NULL, and SIGILL */
};

/* The cause of a fault. */
enum safe_cause {
    SAFE_CAUSE_FAULT = 0,     /* raised by an instruction */
    SAFE_CAUSE_ABORT = 1,     /* the application's own abort() or assert() */
    SAFE_CAUSE_EXCEPTION = 2, /* an uncaught C++ exception, found in the search phase */
    SAFE_CAUSE_SENT = 3,      /* kill, raise, sigqueue */
    SAFE_CAUSE_LIBC = 4       /* heap corruption, stack smashing, fortify: libc aborts by itself */
};

/* CRUMPLE_BREAKER: when a circuit breaker opens, and how it closes (track/breaker.h). */
struct safe_breaker_rules {
    uint32_t trip;         /* opens when the failures of the window exceed it */
    uint32_t max_requests; /* probes while half-open; 0 means 1 */
    uint64_t interval_ns;  /* the window while closed; 0: counts are never cleared */
    uint64_t timeout_ns;   /* open for so long */
    uint64_t probe_ns;     /* a probe without a result for so long counts as neither and frees its place */
};

#endif
