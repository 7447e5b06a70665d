/* SPDX-License-Identifier: MIT */
/* Ordinary code of dlclose's hook. See unloaded.h. */
#include "unloaded.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "config.h"
#include "safe_state.h"
#include "safe_unloaded.h"

#define LOADED_MAX 256 /* objects loaded after the start that are known; of others nothing is noted */

struct object {
    uint64_t bias; /* this, the next and the path tell one object from another */
    const Elf64_Phdr *headers;
    uint64_t start, end; /* end 0: no entry */
    bool is_there;
    char path[SAFE_UNLOADED_PATH];
};

/* Guarded by safe_state->unloading, which a forked child finds free. */
static struct object loaded[LOADED_MAX];
static uint32_t loaded_used;                    /* entries from the first one on that were ever used */
static unsigned long long last_adds, last_subs; /* the loader's counts of objects that came and went */

static uint32_t start_count; /* objects loaded at the start: the first ones of the list, for ever */

void unloaded_begin(void)
{
    const struct r_debug *debug = (const struct r_debug *)crumple_config->r_debug;
    const struct link_map *map;
    for (map = debug ? debug->r_map : NULL; map; map = map->l_next)
        start_count++;
}

/* Of a path that is too long the end counts. */
static const char *path_of(const struct dl_phdr_info *info)
{
    size_t n = strlen(info->dlpi_name);
    return n < SAFE_UNLOADED_PATH ? info->dlpi_name : info->dlpi_name + n - (SAFE_UNLOADED_PATH - 1);
}

static void learn(struct object *o, const struct dl_phdr_info *info)
{
    const char *path = path_of(info);
    uint64_t low = UINT64_MAX, high = 0;
    int i;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const Elf64_Phdr *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD)
            continue;
        low = p->p_vaddr < low ? p->p_vaddr : low;
        high = p->p_vaddr + p->p_memsz > high ? p->p_vaddr + p->p_memsz : high;
    }
    if (low >= high || !*path)
        return;
    o->bias = info->dlpi_addr;
    o->headers = info->dlpi_phdr;
    o->start = o->bias + (low & ~UINT64_C(4095));
    o->end = o->bias + ((high + 4095) & ~UINT64_C(4095));
    o->is_there = true;
    memcpy(o->path, path, strlen(path) + 1);
}

static void see(const struct dl_phdr_info *info)
{
    struct object *free = NULL, *o;
    for (o = loaded; o < loaded + loaded_used; o++) {
        if (o->end && o->bias == info->dlpi_addr && o->headers == info->dlpi_phdr &&
            strcmp(o->path, path_of(info)) == 0) {
            o->is_there = true;
            return;
        }
        if (!o->end && !free)
            free = o;
    }
    if (!free && loaded_used < LOADED_MAX)
        free = &loaded[loaded_used++];
    if (free)
        learn(free, info);
}

/* With the loader's lock. argument: how many objects came before this one. */
static int look_at_object(struct dl_phdr_info *info, size_t size, void *argument)
{
    uint32_t *index = argument, i;
    if (size < offsetof(struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs)
        return 1;
    if (*index == 0) {
        if (info->dlpi_adds == last_adds && info->dlpi_subs == last_subs)
            return 1; /* nothing has changed */
        last_adds = info->dlpi_adds;
        last_subs = info->dlpi_subs;
        for (i = 0; i < loaded_used; i++)
            loaded[i].is_there = false;
    }
    if ((*index)++ >= start_count)
        see(info);
    return 0;
}

void unloaded_look(unloaded_iterate iterate)
{
    uint32_t count = 0;
    struct object *o;
    if (!iterate || !start_count || __atomic_exchange_n(&safe_state->unloading, 1, __ATOMIC_ACQ_REL))
        return;
    iterate(look_at_object, &count);
    for (o = loaded; count && o < loaded + loaded_used; o++)
        if (o->end && !o->is_there) {
            safe_unloaded_add(o->start, o->end, o->path);
            o->end = 0;
        }
    __atomic_store_n(&safe_state->unloading, 0, __ATOMIC_RELEASE);
}
