/* SPDX-License-Identifier: MIT */
/*
 * Files below a root: that of this machine, of a process in a container, or of a unit test. A link cannot lead out of the
 * root (openat2(2), RESOLVE_IN_ROOT, since Linux 5.6; before, absolute links lead into this machine's root).
 */
#ifndef CRUMPLE_CLI_FACTS_PLACE_H
#define CRUMPLE_CLI_FACTS_PLACE_H

#include <stddef.h>
#include <sys/stat.h>

/** Opens the file of that path, which begins with '/', below the folder root. Returns a descriptor or a negative errno. */
int place_open(int root, const char *path, int flags);

/** stat(2) of it; follows links. Returns 0 or a negative errno. */
int place_stat(int root, const char *path, struct stat *ret);

/** All of a file of at most a MiB, ended by NUL; the caller frees it. NULL, and errno is set: it cannot be read. ret_size
 * may be NULL. */
__attribute__((format(printf, 3, 4))) char *place_read(int root, size_t *ret_size, const char *format, ...);

#endif
