/* SPDX-License-Identifier: MIT */
/* Does the process of an event still run? Uses /proc, since events have only the number of the process. */
#ifndef CRUMPLE_WRITER_LEDGER_LIVE_PROCESSES_H
#define CRUMPLE_WRITER_LEDGER_LIVE_PROCESSES_H

#include "ledger/label_names.h"

struct live {
    struct names pids;  /* as bytes: each is looked up once */
    int64_t *starts_us; /* owned; by the number of the name. INT64_MAX: does not run */
    uint32_t room;
    uint64_t
        *running; /* owned; a bit for each number that runs. Most of a long log's do not, and cost no look */
};

/** Returns 0 or -ENOMEM; live_release is due in any case. */
int live_init(struct live *live);

/** Returns true if a process with that number runs and began before that time (microseconds since 1970). */
bool live_holds(struct live *live, int64_t pid, int64_t time_us);

/** From here on the process counts as gone, unless it began after that time. */
void live_end(struct live *live, int64_t pid, int64_t time_us);

void live_release(struct live *live);

#endif
