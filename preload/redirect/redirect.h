/* SPDX-License-Identifier: MIT */
/*
 * Interposition that can be switched on later. The functions on a server's hot paths (locks, sockets) are not
 * exported. When a process with CRUMPLE_RECOVER creates its first thread, the entries of the loaded objects'
 * global offset tables that lead to them are redirected. Without CRUMPLE_RECOVER, and in a single-threaded
 * process, these paths are as if crumple were not there. docs/decisions/0015.
 */
#ifndef CRUMPLE_PRELOAD_REDIRECT_REDIRECT_H
#define CRUMPLE_PRELOAD_REDIRECT_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#define REDIRECT_ROWS_MAX 128

struct redirect {
    const char *name;
    void *hook;
    void **real; /* the function that the hook calls and that an entry must lead to; filled by the caller */
    /* An older version with other behaviour: entries that want it are left alone. NULL: none. */
    const char *not_version;
    void *watched; /* the hook where requests are watched (track/requests.h); NULL: the same */
};

/** Ordinary code, no allocation, with the loader's lock of its list (libc/calls/loader_locks.h). Redirects at most
 * REDIRECT_ROWS_MAX functions in all loaded objects but our own, libc and ld.so; rows without *real are
 * skipped. The rows stay referenced. Returns how many entries. */
size_t redirect_start(const struct redirect *rows, size_t count);
/**
 * Treats the objects that dlopen has loaded since. Cheap if there are none: it compares dl_iterate_phdr's
 * counters. True if the list of objects has changed since the last complete pass. False also if another
 * thread holds the loader's lock of its list: the next call sees the change, and until then safe_loading()
 * says that objects are being loaded.
 */
bool redirect_again(void);
/** The number of entries that could not be redirected (read-only memory that may not be made writable). */
size_t redirect_missed(void);

#endif
