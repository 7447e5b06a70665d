/* SPDX-License-Identifier: MIT */
/*
 * Arguments and local variables of the faulting thread's frames, from a bundle's core and the debug information on
 * this machine. Both are hostile: a child with limits on time and memory reads them.
 */
#ifndef CRUMPLE_CLI_LOOKUP_LOCALS_H
#define CRUMPLE_CLI_LOOKUP_LOCALS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lookup/sources.h"

struct locals_wish {
    size_t frames;                 /* so many, innermost first; 0: all */
    bool secrets;                  /* also the values of names that look secret */
    bool whole;                    /* longer values, and more of them */
    const struct sources *sources; /* where files of modules are; NULL: on this machine */
};

/**
 * core_fd: the core, taken out of the bundle. *ret_frames: an array that runs parallel to the frames of the report's first thread; each
 * element an object with "locals" (an array of objects: name, type, kind ("argument" or "local"), value or null, note or null,
 * and where they are known points_to and function) or with "missing" (a clause). The caller releases it; a part of it may be there after
 * a failure. Returns 0, or a negative errno with a clause for people in *ret_reason (a constant).
 */
int locals_find(const json_t *report, int core_fd, const struct locals_wish *wish, json_t **ret_frames,
                const char **ret_reason);

#endif
