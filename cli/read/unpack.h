/* SPDX-License-Identifier: MIT */
/*
 * Unpacks zstd for libarchive, within limits. An attacker may have packed a bundle so that a few KiB unpack
 * to gigabytes. libarchive's own filter allows that (nested layers too), so bundle.c gives libarchive these
 * functions instead.
 */
#ifndef CRUMPLE_CLI_READ_UNPACK_H
#define CRUMPLE_CLI_READ_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

/* The largest window that is accepted, log 2 of bytes: that of the writer, and of 'zstd -19'. */
#define UNPACK_WINDOW 23

/* The number of bytes that one packed byte may unpack to. The report of 5,000 equal threads reaches 770, a
 * bomb 30,000. */
#define UNPACK_RATIO UINT64_C(2000)

struct unpack;

/** Begin to unpack fd, which stays the caller's. Returns NULL where memory is short. unpack_free takes NULL.
 */
struct unpack *unpack_new(int fd);
void unpack_free(struct unpack *unpack);

/** The next piece, until the next call. Returns its size, 0 at the end, or a negative errno: -EBADMSG where
 * unpack_reason says why. */
int64_t unpack_next(struct unpack *unpack, const void **ret_piece);

/** A clause such as "it is truncated", or NULL: nothing was wrong. */
const char *unpack_reason(const struct unpack *unpack);

/** Whether the packed bytes read until now are too few to stand for so many. The first free_bytes are allowed
 * to all. */
bool unpack_is_bomb(const struct unpack *unpack, uint64_t bytes, uint64_t free_bytes);

#endif
