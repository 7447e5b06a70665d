/* SPDX-License-Identifier: MIT */
/* Where thread-local variables lie, and in which order the loader has the modules. Both stand in the loader's own data. */
#ifndef CRUMPLE_WRITER_WATCH_WATCH_TLS_H
#define CRUMPLE_WRITER_WATCH_WATCH_TLS_H

#include "watch/watch_memory.h"

#define WATCH_LINKS_MAX 4096

/* An entry of the loader's list (struct link_map). */
struct watch_link {
    uint64_t map;     /* its own address */
    uint64_t dynamic; /* address of the module's dynamic section: tells which module it is */
};

/** Reads the list, the executable first, then in load order. Returns the number of entries; 0 where it cannot be read. */
size_t watch_links_read(struct watch_memory *memory, struct watch_link *links, size_t most);

/** Returns the module of an entry, or NULL. */
struct module *watch_link_module(struct crash *crash, const struct watch_link *link);

/** Returns the executable, or NULL. */
struct module *watch_executable(struct crash *crash);

enum watch_tls_state {
    WATCH_TLS_FOUND = 0,
    WATCH_TLS_UNUSED,  /* the thread has not used the module's variables yet */
    WATCH_TLS_UNKNOWN, /* the loader's data could not be read */
    WATCH_TLS_ABSENT   /* the thread was not captured */
};

/**
 * Finds the start of a module's block of thread-local variables in each thread of the notes: ret_blocks and ret_states have
 * notes.thread_count entries.
 */
void watch_tls_find(struct watch_memory *memory, const struct module *module, const struct watch_link *links,
                    size_t link_count, uint64_t *ret_blocks, uint8_t *ret_states);

#endif
