/* SPDX-License-Identifier: MIT */
/* The limits of a crash directory, as CRUMPLE_KEEP and 'crumple prune --keep' give them. */
#ifndef CRUMPLE_RETAIN_RETAIN_RULES_H
#define CRUMPLE_RETAIN_RETAIN_RULES_H

#include <stddef.h>
#include <stdint.h>

/* 0 everywhere: no limit. */
struct retain_rules {
    uint64_t count;        /* bundles in the directory */
    uint64_t bytes;        /* of bundles and pending cores */
    uint64_t free_bytes;   /* to leave free on the file system; */
    unsigned free_percent; /* or this much of it, but no more than RETAIN_FREE_MAX */
    uint64_t
        per_signature; /* bundles of one signature, program and kind of event that are written within the period */
    int64_t period_us;
    int64_t age_us;     /* of bundles and pending cores */
    uint64_t signature; /* bundles of one signature that stay */
    char free_text[24]; /* as it was given */
};

/* Of a disk of 20 TB 5 % are 1 TB: a floor for the host's sake, not a reason never to write (journald too
 * has this limit: journald.conf(5), SystemKeepFree=). */
#define RETAIN_FREE_MAX (UINT64_C(4) << 30)

/**
 * Parses 'count=500,bytes=256M,free=5%,per_signature=5/1h,age=30d,signature=20': each entry is optional, 0 is no limit, free
 * may also be bytes, a period ends in ms, s, m, h or d. Returns 0, or -EINVAL with ret_complaint filled: a clause
 * that names the entry.
 */
int retain_parse(const char *text, struct retain_rules *ret_rules, char *ret_complaint, size_t size);

/** Writes a period in the largest unit that it is a whole number of: the shim gives all of them in seconds. */
void retain_period_text(int64_t us, char *ret_text, size_t size);

#endif
