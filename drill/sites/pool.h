/* SPDX-License-Identifier: MIT */
/*
 * The pool of sites: every distinct instruction that a thread of a routine was seen to execute, in the order
 * in which faults are drawn. The order is that of a keyed hash of each site, so it is uniform, it depends on
 * the seed alone, and two samplings that saw nearly the same sites draw nearly the same ones.
 */
#ifndef CRUMPLE_DRILL_SITES_POOL_H
#define CRUMPLE_DRILL_SITES_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRILL_MODULES_MAX  512
#define DRILL_ROUTINES_MAX 64

struct drill_module {
    char *path;
    char *build_id; /* hex, or "" */
    bool stale;     /* the file is not the one that was sampled */
};

struct drill_routine {
    char *name;      /* for people; distinct */
    uint32_t module; /* where it begins */
    uint64_t offset;
};

struct drill_site {
    uint32_t routine, module;
    uint64_t offset; /* address less the module's load bias: what addr2line takes */
};

struct drill_pool {
    struct drill_module modules[DRILL_MODULES_MAX];
    struct drill_routine routines[DRILL_ROUTINES_MAX];
    size_t module_count, routine_count;
    struct drill_site *sites;
    size_t count, room;
    uint64_t steps; /* instructions that were looked at */
};

/** A new, empty pool; NULL where memory is short. */
struct drill_pool *drill_pool_new(void);
/** NULL is fine. */
void drill_pool_free(struct drill_pool *pool);

/** The module's index, added if new; its build-id is read from the file. Negative errno where full. */
int drill_pool_module(struct drill_pool *pool, const char *path);
/** Add a site, without looking whether it is there. Returns 0 or -ENOMEM. */
int drill_pool_add(struct drill_pool *pool, struct drill_site site);

/** Write to a file, as JSON. Returns 0 or a negative errno. */
int drill_pool_save(const struct drill_pool *pool, const char *path);
/** Read a file that drill_pool_save wrote. Returns 0, a negative errno of opening it, or -EBADMSG (damaged).
 * Modules that have changed since are stale. */
int drill_pool_load(const char *path, struct drill_pool **ret_pool);

/** Leave only sites of routines whose names match the glob; site: only MODULE+OFFSET (MODULE by its base name
 * or path); exclude: none of modules whose base name matches. NULL: no such limit. */
void drill_pool_limit(struct drill_pool *pool, const char *routine, const char *site, const char *exclude);
/** A stale module that a site or its routine lies in, or NULL. */
const char *drill_pool_stale(const struct drill_pool *pool);
/** Put the sites into the order of drawing. */
void drill_pool_order(struct drill_pool *pool, uint64_t seed);
/** The number from which a run draws all that is random in it. */
uint64_t drill_pool_seed(const struct drill_pool *pool, size_t site, uint64_t seed, uint32_t repeat);

/** "libc.so.6+0x1234" for a site, or for where a routine begins; returns text. */
char *drill_pool_format(const struct drill_pool *pool, uint32_t module, uint64_t offset, char *text,
                        size_t size);

#endif
