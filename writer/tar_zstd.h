/* SPDX-License-Identifier: MIT */
/*
 * A ustar archive, compressed with zstd into a descriptor. The caller decides where zstd frames begin:
 * readers that want the first member need to decompress only the first frame.
 */
#ifndef CRUMPLE_WRITER_TAR_ZSTD_H
#define CRUMPLE_WRITER_TAR_ZSTD_H

#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

struct archive {
    ZSTD_CCtx *compressor; /* owned */
    uint8_t *out;          /* owned */
    size_t out_size;
    int fd;        /* of the caller */
    uint64_t time; /* seconds: of all members, so that the same crash gives the same bytes */
};

/** Prepares an archive written to fd at a zstd level. Returns 0 or -ENOMEM. */
int archive_open(int fd, int level, uint64_t time, struct archive *ret_archive);

/** Begins a frame that will hold members of these sizes, followed by the end of the archive if is_last. */
int archive_begin_frame(struct archive *archive, const size_t *sizes, size_t count, int is_last);

/** Writes a member of size bytes, less than 8 GiB. Returns 0 or a negative errno. */
int archive_add(struct archive *archive, const char *name, const void *bytes, size_t size);

/** Ends the frame and writes what is buffered; is_last as in archive_begin_frame. Returns 0 or a negative
 * errno. */
int archive_end_frame(struct archive *archive, int is_last);

/** Frees what archive_open allocated; it writes nothing. */
void archive_release(struct archive *archive);

#endif
