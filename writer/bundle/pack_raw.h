/* SPDX-License-Identifier: MIT */
/*
 * zstd frames without compression, written by hand (RFC 8878, 3.1.1: blocks of the raw type): every reader
 * of zstd takes them, and there is nothing in their making that could fail but the write.
 */
#ifndef WRITER_BUNDLE_PACK_RAW_H
#define WRITER_BUNDLE_PACK_RAW_H

#include <stddef.h>
#include <stdint.h>

/** Writes all of it, over short writes. Returns 0 or a negative errno. */
int pack_write_all(int fd, const void *bytes, size_t size);

/** Begins a frame of exactly size bytes. Returns 0 or a negative errno. */
int pack_raw_begin(int fd, uint64_t size);

/** Adds bytes as blocks. Returns 0 or a negative errno. */
int pack_raw_add(int fd, const void *bytes, size_t size);

/** Ends the frame. Returns 0 or a negative errno. */
int pack_raw_end(int fd);

#endif
