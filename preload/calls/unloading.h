/* SPDX-License-Identifier: MIT */
/*
 * Which objects dlclose really unloads. The loader's lock is not taken: dl_iterate_phdr would wait for a lock
 * that a forked child may have inherited taken, and that libc's dlclose does not ask for as long as the
 * object stays. So one object is looked at, before and after, by reads that cannot fault: a handle may be
 * stale. What is unloaded along with it, because nobody else needs it, is not noted.
 */
#ifndef PRELOAD_CALLS_UNLOADING_H
#define PRELOAD_CALLS_UNLOADING_H

#include <stdint.h>

#include "track/unloaded.h"

struct unloaded_object {
    uint64_t dynamic;    /* address of its dynamic section; 0: nothing is known */
    uint64_t start, end; /* its mappings */
    char path[SAFE_UNLOADED_PATH];
};

/* Before dlclose: what the handle stands for. Keeps errno. */
void unloaded_before(const void *handle, struct unloaded_object *ret_object);
/* After it: notes the object if it is gone. Keeps errno. */
void unloaded_after(const struct unloaded_object *object);

#endif
