/* SPDX-License-Identifier: MIT */
/* Writing a bundle as crumple-writer does: members in frames of zstd. The same members make the same bytes. */
#ifndef CRUMPLE_CLI_REWRITE_ARCHIVE_H
#define CRUMPLE_CLI_REWRITE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rewrite_archive;

/** Begin a bundle on fd, which stays the caller's. time: of its members, seconds since 1970. Returns 0 or -ENOMEM. */
int rewrite_archive_open(int fd, int64_t time, struct rewrite_archive **ret_archive);

/** Begin a member of exactly size bytes. Returns 0, -ENOMEM or the error of write. */
int rewrite_archive_begin(struct rewrite_archive *archive, const char *name, uint64_t size);

/** Add bytes to it. Returns 0 or a negative errno. */
int rewrite_archive_add(struct rewrite_archive *archive, const void *bytes, size_t size);

/** End the member, and with it the frame, if so. Returns 0 or a negative errno. */
int rewrite_archive_end(struct rewrite_archive *archive, bool ends_frame);

/** End the bundle and free all, also after an error, which the caller then passes. Returns 0 or the first error. */
int rewrite_archive_close(struct rewrite_archive *archive, int error);

#endif
