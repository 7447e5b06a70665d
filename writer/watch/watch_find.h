/* SPDX-License-Identifier: MIT */
/* The variables that CRUMPLE_WATCH names: in which module they are, and how they are read. */
#ifndef CRUMPLE_WRITER_WATCH_WATCH_FIND_H
#define CRUMPLE_WRITER_WATCH_WATCH_FIND_H

#include "watch/watch_tls.h"
#include "watch_plan.h"

#define WATCH_WHY_BYTES 480

struct watch_found {
    const struct watch_entry *entry;
    struct module *module; /* NULL: not found */
    const struct module *first,
        *changed;           /* where it was sought first; one whose file is another now; or NULL */
    bool is_stripped;       /* the first */
    size_t searched;        /* modules */
    struct watch_plan plan; /* if why is empty */
    char why[WATCH_WHY_BYTES];
};

/** Finds the variable of each entry (found[i].entry), in the executable first, then in load order. */
void watch_find(struct crash *crash, const struct watch_link *links, size_t link_count,
                struct watch_found *found, size_t count);

#endif
