/* SPDX-License-Identifier: MIT */
/* The pool of sites: see pool.h. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sites/random.h"
#include "sites/pool.h"
#include "read/build_id.h"
#include "read/report.h"

#define FORMAT 1

struct drill_pool *drill_pool_new(void)
{
    return calloc(1, sizeof(struct drill_pool));
}

void drill_pool_free(struct drill_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->module_count; i++) {
        free(pool->modules[i].path);
        free(pool->modules[i].build_id);
    }
    for (size_t i = 0; i < pool->routine_count; i++)
        free(pool->routines[i].name);
    free(pool->sites);
    free(pool);
}

int drill_pool_module(struct drill_pool *pool, const char *path)
{
    struct drill_module *module = &pool->modules[pool->module_count];
    char id[ELF_ID_BYTES];

    for (size_t i = 0; i < pool->module_count; i++)
        if (strcmp(pool->modules[i].path, path) == 0)
            return (int)i;
    if (pool->module_count == DRILL_MODULES_MAX)
        return -ENOSPC;
    if (elf_id_read(path, id) < 0)
        id[0] = '\0';
    module->path = strdup(path);
    module->build_id = strdup(id);
    return (int)pool->module_count++;
}

int drill_pool_add(struct drill_pool *pool, struct drill_site site)
{
    if (pool->count == pool->room) {
        size_t room = pool->room ? pool->room * 2 : 1024;
        struct drill_site *grown = reallocarray(pool->sites, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        pool->sites = grown;
        pool->room = room;
    }
    pool->sites[pool->count++] = site;
    return 0;
}

int drill_pool_save(const struct drill_pool *pool, const char *path)
{
    json_t *modules = json_array(), *routines = json_array(), *sites = json_array();

    for (size_t i = 0; i < pool->module_count; i++)
        json_array_append_new(modules, json_pack("{s:s, s:s}", "path", pool->modules[i].path, "build_id",
                                                 pool->modules[i].build_id));
    for (size_t i = 0; i < pool->routine_count; i++) {
        const struct drill_routine *routine = &pool->routines[i];

        json_array_append_new(routines,
                              json_pack("{s:s, s:i, s:I}", "name", routine->name, "module",
                                        (int)routine->module, "offset", (json_int_t)routine->offset));
    }
    for (size_t i = 0; i < pool->count; i++)
        json_array_append_new(sites,
                              json_pack("[i, i, I]", (int)pool->sites[i].routine, (int)pool->sites[i].module,
                                        (json_int_t)pool->sites[i].offset));
    json_t *whole =
        json_pack("{s:i, s:I, s:o, s:o, s:o}", "drill_sites", FORMAT, "steps", (json_int_t)pool->steps,
                  "modules", modules, "routines", routines, "sites", sites);
    int error = !whole ? -ENOMEM : json_dump_file(whole, path, JSON_COMPACT) < 0 ? -EIO : 0;
    json_decref(whole);
    return error;
}

static int load_module(struct drill_pool *pool, const json_t *json)
{
    const char *path = report_string(json, "path"), *id = report_string(json, "build_id");

    if (!path || !id)
        return -EBADMSG;
    int index = drill_pool_module(pool, path);
    if (index < 0 || index != (int)pool->module_count - 1)
        return -EBADMSG;
    pool->modules[index].stale = strcmp(pool->modules[index].build_id, id) != 0;
    return 0;
}

static int load_routine(struct drill_pool *pool, const json_t *json)
{
    const char *name = report_string(json, "name");
    int64_t module = report_number(json, "module", -1), offset = report_number(json, "offset", -1);

    if (!name || module < 0 || (size_t)module >= pool->module_count || offset < 0 ||
        pool->routine_count == DRILL_ROUTINES_MAX)
        return -EBADMSG;
    pool->routines[pool->routine_count++] =
        (struct drill_routine){strdup(name), (uint32_t)module, (uint64_t)offset};
    return 0;
}

static int load_site(struct drill_pool *pool, const json_t *json)
{
    json_int_t routine = json_integer_value(json_array_get(json, 0));
    json_int_t module = json_integer_value(json_array_get(json, 1));
    json_int_t offset = json_integer_value(json_array_get(json, 2));

    if (json_array_size(json) != 3 || routine < 0 || (size_t)routine >= pool->routine_count || module < 0 ||
        (size_t)module >= pool->module_count)
        return -EBADMSG;
    return drill_pool_add(pool, (struct drill_site){(uint32_t)routine, (uint32_t)module, (uint64_t)offset});
}

static int load_each(struct drill_pool *pool, const json_t *array,
                     int (*load)(struct drill_pool *, const json_t *))
{
    const json_t *element;
    size_t i;
    int error = json_is_array(array) ? 0 : -EBADMSG;

    json_array_foreach(array, i, element)
    {
        error = load(pool, element);
        if (error < 0)
            break;
    }
    return error;
}

int drill_pool_load(const char *path, struct drill_pool **ret_pool)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return -errno;
    json_t *whole = json_loadf(file, 0, NULL);
    fclose(file);
    struct drill_pool *pool = drill_pool_new();
    int error = !pool ? -ENOMEM : report_number(whole, "drill_sites", 0) == FORMAT ? 0 : -EBADMSG;
    if (error == 0)
        error = load_each(pool, json_object_get(whole, "modules"), load_module);
    if (error == 0)
        error = load_each(pool, json_object_get(whole, "routines"), load_routine);
    if (error == 0)
        error = load_each(pool, json_object_get(whole, "sites"), load_site);
    if (error == 0)
        pool->steps = (uint64_t)report_number(whole, "steps", 0);
    json_decref(whole);
    if (error < 0)
        drill_pool_free(pool);
    else
        *ret_pool = pool;
    return error;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *drill_pool_format(const struct drill_pool *pool, uint32_t module, uint64_t offset, char *text,
                        size_t size)
{
    snprintf(text, size, "%s+0x%llx", base_name(pool->modules[module].path), (unsigned long long)offset);
    return text;
}

/* Whether MODULE+OFFSET names this site. */
static bool is_site(const struct drill_pool *pool, const struct drill_site *site, const char *text)
{
    const char *plus = strrchr(text, '+'), *path = pool->modules[site->module].path;
    size_t len = plus ? (size_t)(plus - text) : 0;
    const char *name = len > 0 && memchr(text, '/', len) ? path : base_name(path);

    return plus && strlen(name) == len && strncmp(name, text, len) == 0 &&
           strtoull(plus + 1, NULL, 16) == site->offset;
}

void drill_pool_limit(struct drill_pool *pool, const char *routine, const char *site, const char *exclude)
{
    size_t kept = 0;

    for (size_t i = 0; i < pool->count; i++) {
        const struct drill_site *each = &pool->sites[i];

        if ((!routine || fnmatch(routine, pool->routines[each->routine].name, 0) == 0) &&
            (!site || is_site(pool, each, site)) &&
            (!exclude || fnmatch(exclude, base_name(pool->modules[each->module].path), 0) != 0))
            pool->sites[kept++] = *each;
    }
    pool->count = kept;
}

const char *drill_pool_stale(const struct drill_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        const struct drill_site *site = &pool->sites[i];
        const struct drill_module *module = &pool->modules[site->module],
                                  *begin = &pool->modules[pool->routines[site->routine].module];

        if (module->stale || begin->stale)
            return module->stale ? module->path : begin->path;
    }
    return NULL;
}

/* FNV-1a over a text, then over a number. */
static uint64_t hash_site(const struct drill_pool *pool, const struct drill_site *site)
{
    const char *texts[] = {base_name(pool->modules[site->module].path), "|",
                           pool->routines[site->routine].name};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < 3; i++)
        for (const char *at = texts[i]; *at; at++)
            hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    for (int shift = 0; shift < 64; shift += 8)
        hash = (hash ^ ((site->offset >> shift) & 0xff)) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t drill_pool_seed(const struct drill_pool *pool, size_t site, uint64_t seed, uint32_t repeat)
{
    uint64_t state = hash_site(pool, &pool->sites[site]) + seed * UINT64_C(0x2545f4914f6cdd1d) + repeat;

    return drill_random(&state);
}

struct scored {
    uint64_t score;
    struct drill_site site;
};

static int by_score(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    return (x->score > y->score) - (x->score < y->score);
}

void drill_pool_order(struct drill_pool *pool, uint64_t seed)
{
    struct scored *scored = calloc(pool->count + 1, sizeof *scored);

    if (!scored)
        return;
    for (size_t i = 0; i < pool->count; i++)
        scored[i] = (struct scored){drill_pool_seed(pool, i, seed, UINT32_MAX), pool->sites[i]};
    qsort(scored, pool->count, sizeof *scored, by_score);
    for (size_t i = 0; i < pool->count; i++)
        pool->sites[i] = scored[i].site;
    free(scored);
}
