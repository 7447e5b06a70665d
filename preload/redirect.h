/* SPDX-License-Identifier: MIT */
/*
 * Interposition that can be switched on later: the functions on a server's hot paths (locks, sockets) are not
 * exported, but the entries of the loaded objects' global offset tables that lead to them are redirected, at
 * the first thread of a process with CRUMPLE_RECOVER. Without CRUMPLE_RECOVER, and in a single-threaded
 * process, these paths are as if crumple were not there. docs/decisions/0015.
 */
#ifndef REDIRECT_H
#define REDIRECT_H

#include <stddef.h>

struct redirect {
    const char *name;
    void *hook;
    void **real; /* filled with what the entry led to before (libc's function) */
};

/* Ordinary code. Redirects 'count' functions in all loaded objects but our own, libc, ld.so. The rows stay
 * referenced: redirect_again() treats objects that dlopen has brought since. Returns how many entries. */
size_t redirect_start(const struct redirect *rows, size_t count);
void redirect_again(void);

#endif
