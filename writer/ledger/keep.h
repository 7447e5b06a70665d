/* SPDX-License-Identifier: MIT */
/*
 * CRUMPLE_KEEP: which bundles are written, and how long they stay. A fault without a bundle is counted in
 * crashes.ndjson, and a deleted file is named there.
 */
#ifndef CRUMPLE_WRITER_LEDGER_KEEP_H
#define CRUMPLE_WRITER_LEDGER_KEEP_H

#include "crash/crash.h"

/* 0 everywhere: no limit. */
struct keep_rules {
    uint64_t count;         /* bundles in the directory */
    uint64_t bytes;         /* of bundles and pending cores */
    uint64_t free_bytes;    /* to leave free on the file system; */
    unsigned free_percent;  /* or this much of it, but no more than KEEP_FREE_MAX */
    uint64_t per_signature; /* bundles of one signature, program and kind of event within the period */
    int64_t period_us;
    char free_text[24]; /* as it was given */
};

/* Of a disk of 20 TB 5 % are 1 TB: a floor for the host's sake, not a reason never to write (journald too
 * has this limit: journald.conf(5), SystemKeepFree=). */
#define KEEP_FREE_MAX (UINT64_C(4) << 30)

/**
 * Parses 'count=500,bytes=256M,free=5%,per_signature=5/1h': each entry is optional, 0 is no limit, free may
 * also be bytes, a period ends in ms, s, m, h or d. Returns 0, or -EINVAL with ret_complaint filled: a clause
 * that names the entry.
 */
int keep_parse(const char *text, struct keep_rules *ret_rules, char *ret_complaint, size_t size);

/**
 * Decides whether the analysed crash may leave a bundle in the directory. May delete old bundles to make
 * room. Sets crash->suppressed to the reason if it may not, else to "".
 */
void keep_admit(int directory, const struct keep_rules *rules, struct crash *crash);

#endif
