/* SPDX-License-Identifier: MIT */
/* One run of a drill: one server, one fault, one result. */
#ifndef CRUMPLE_DRILL_RUN_H
#define CRUMPLE_DRILL_RUN_H

#include "drill.h"
#include "maps.h"
#include "pool.h"
#include "server.h"

struct drill_run {
    struct drill_server server;
    const struct drill_plan *plan;
    const struct drill_pool *pool;
    const struct drill_site *site;
    struct drill_result *result;
    struct drill_maps maps;
    uint64_t random;
    bool armed;                           /* passing threads count */
    uint32_t skip;                        /* so many pass unharmed */
    uint64_t address;                     /* of the site, once it is planted */
    uint64_t entries[DRILL_ROUTINES_MAX]; /* of the routines, once they are planted */
    int64_t first_us;                     /* when a thread passed first */
    struct drill_task *victim;            /* stopped at the site */
    pid_t victim_tid;
    int64_t injected_us;
};

/** Do a run. result: site and repeat are set; the rest is filled in. slot: of the worker; interrupted: -EINTR.
 * Returns 0 otherwise. */
int drill_run(const struct drill_plan *plan, const struct drill_pool *pool, unsigned slot,
              struct drill_result *result);

/** Inject the plan's fault into the victim and let the server run free. Returns 0, -EACCES (the thread blocks
 * the signal: nothing was injected), -EINTR, or another negative errno. */
int drill_inject(struct drill_run *run);

/** Watch what comes of it, and fill in the result. Returns 0 or -EINTR. */
int drill_judge(struct drill_run *run);

#endif
