/* SPDX-License-Identifier: MIT */
/*
 * Which objects dlclose really unloads. crumple does not take the loader's lock: dl_iterate_phdr would wait
 * for a lock that a forked child may have inherited taken, and that libc's dlclose does not need while the
 * object stays. Instead it looks at one object before and after, by reads that cannot fault, since a handle
 * may be stale. Dependencies that are unloaded along with the object are not noted. In the thread that calls
 * dlclose.
 */
#ifndef CRUMPLE_PRELOAD_CALLS_UNLOADING_H
#define CRUMPLE_PRELOAD_CALLS_UNLOADING_H

#include <stdint.h>

#include "track/unloaded.h"

struct unloaded_object {
    uint64_t dynamic;    /* address of its dynamic section; 0: nothing is known */
    uint64_t start, end; /* its mappings */
    char path[SAFE_UNLOADED_PATH];
};

/** Before dlclose: reads the handle's object. Keeps errno. */
void unloaded_before(const void *handle, struct unloaded_object *ret_object);
/** After it: notes the object if it is gone. Keeps errno. */
void unloaded_after(const struct unloaded_object *object);

#endif
