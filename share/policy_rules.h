/* SPDX-License-Identifier: MIT */
/* The operator's policy: the entries of CRUMPLE_RECOVER, what they match, and the settings of CRUMPLE_BREAKER. */
#ifndef CRUMPLE_SHARE_POLICY_RULES_H
#define CRUMPLE_SHARE_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
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

/* CRUMPLE_BREAKER: when a circuit breaker opens, and how it closes (breaker.h). */
struct safe_breaker_rules {
    uint32_t trip;         /* opens when the failures of the window exceed it */
    uint32_t max_requests; /* probes while half-open; 0 means 1 */
    uint64_t interval_ns;  /* the window while closed; 0: counts are never cleared */
    uint64_t timeout_ns;   /* open for so long */
    uint64_t probe_ns;     /* a probe without a result for so long counts as neither and frees its place */
};

/** fnmatch without locale, allocation or recursion: * ? [abc] [a-z] [!x] \\x. Bounded by pattern x text. */
bool rules_glob(const char *pattern, const char *text);

/** The first rule whose pattern matches one of the names (each ended by NUL, the list by an empty one) or the
 * thread's name. *ret_named: by more than wildcards. NULL: none. */
const struct safe_rule *rules_match(const struct safe_rule *rules, size_t count, const char *names,
                                    const char *thread_name, bool *ret_named);

#endif
