/* SPDX-License-Identifier: MIT */
/*
 * Interposition that can be switched on later: the functions on a server's hot paths (locks, sockets) are not
 * exported, but the entries of the loaded objects' global offset tables that lead to them are redirected, at
 * the first thread of a process with CRUMPLE_RECOVER. Without CRUMPLE_RECOVER, and in a single-threaded
 * process, these paths are as if crumple were not there. docs/decisions/0015.
 */
#ifndef PRELOAD_REDIRECT_REDIRECT_H
#define PRELOAD_REDIRECT_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#define REDIRECT_ROWS_MAX 128

struct redirect {
    const char *name;
    void *hook;
    void **real; /* what the hook calls, and what an entry must lead to: filled by the caller */
    /* An older version that behaves otherwise: entries that want it are left alone. NULL: none. */
    const char *not_version;
};

/* Ordinary code, no allocation, with the loader's lock of its list (loader/locks.h). Redirects at most
 * REDIRECT_ROWS_MAX functions in all loaded objects but our own, libc and ld.so; rows without *real are
 * skipped. The rows stay referenced. Returns how many entries. */
size_t redirect_start(const struct redirect *rows, size_t count);
/*
 * Treats what dlopen has brought since. Cheap where nothing was loaded: dl_iterate_phdr's counters are
 * compared. True when the list of objects is another than at the last complete pass. False also where another
 * thread holds the loader's lock of its list: the next call sees the change, and until then safe_loading()
 * says that objects are being loaded.
 */
bool redirect_again(void);
/* How many entries should have been redirected and could not be (read-only memory that may not be opened). */
size_t redirect_missed(void);

#endif
