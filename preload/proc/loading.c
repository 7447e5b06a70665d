/* SPDX-License-Identifier: MIT */
/* Safe file: the handler and the keeper ask; pthread_create's hook notes. */
#include "proc/loading.h"

#include <link.h>

#include "state/config.h"
#include "base/io.h"

#define OBJECTS_MAX 4096

/* 0: never noted. Written under the loader's lock, read by anybody. */
static _Atomic uint64_t noted;

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x100000001b3);
}

/* What tells one list of objects from another: order, addresses, records. 0: cannot be read, or in change. */
uint64_t safe_loading_fingerprint(void)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    struct r_debug debug;
    struct link_map map;
    if (!crumple_config || safe_read_memory(crumple_config->r_debug, &debug, sizeof debug) < 0 ||
        debug.r_state != RT_CONSISTENT)
        return 0;
    uint64_t at = (uint64_t)debug.r_map;
    for (int i = 0; at; i++) {
        if (i == OBJECTS_MAX || safe_read_memory(at, &map, sizeof map) < 0)
            return 0;
        hash = mix(mix(mix(mix(hash, at), map.l_addr), (uint64_t)map.l_ld), (uint64_t)map.l_name);
        at = (uint64_t)map.l_next;
    }
    return hash ? hash : 1;
}

bool safe_loading(void)
{
    uint64_t now = safe_loading_fingerprint();
    return !now || now != __atomic_load_n(&noted, __ATOMIC_ACQUIRE);
}

bool safe_loading_note(bool complete)
{
    uint64_t now = complete ? safe_loading_fingerprint() : 0;
    __atomic_store_n(&noted, now, __ATOMIC_RELEASE);
    return now != 0;
}
