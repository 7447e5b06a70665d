/* SPDX-License-Identifier: MIT */
/* One run of a drill: one server, one fault, one result. */
#ifndef CRUMPLE_DRILL_RUN_H
#define CRUMPLE_DRILL_RUN_H

#include "drill.h"
#include "sites/maps.h"
#include "sites/pool.h"
#include "server.h"

#define DRILL_KNOWN_MAX 512

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
    int64_t injected_us, settled_us; /* of the latest fault: when it was injected, and contained */
    /* which routine the threads of the server run: a thread is traced anew for each fault */
    struct {
        pid_t tid;
        uint32_t routine;
    } known[DRILL_KNOWN_MAX];
    size_t known_count; /* entries beyond the maximum overwrite the oldest */
};

/** Do a run. result: site and repeat are set; the rest is filled in. slot: of the worker; interrupted: -EINTR.
 * Returns 0 otherwise. */
int drill_run(const struct drill_plan *plan, const struct drill_pool *pool, unsigned slot,
              struct drill_result *result);

/** Inject the plan's fault into the victim and let the server run free. Returns 0, -EACCES (the thread blocks
 * the signal: nothing was injected), -EINTR, or another negative errno. */
int drill_inject(struct drill_run *run);

#endif
