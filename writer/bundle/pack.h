/* SPDX-License-Identifier: MIT */
/*
 * zstd for the archive, in two forms. A stream is one frame, written to a descriptor piece by piece: for the
 * reports. A pack is memory that is complete from the beginning (the core); threads of its own compress it
 * while the stacks are walked. Each piece of it is a frame, so the result does not depend on the number of
 * threads. If packing is left out, or memory is short for it, the frames hold the bytes uncompressed.
 */
#ifndef CRUMPLE_WRITER_BUNDLE_PACK_H
#define CRUMPLE_WRITER_BUNDLE_PACK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#define PACK_PIECE   ((size_t)8 << 20)
#define PACK_THREADS 2

struct pack_piece {
    uint8_t *bytes;
    size_t size;
    bool is_prepared;
    uint8_t *packed; /* owned; NULL: stored as it is */
    size_t packed_size;
};

/* What is done to the bytes of a piece, in place, before they leave this process in any form. Called once for each piece, by
 * any thread. */
struct pack_prepare {
    void (*run)(void *context, uint8_t *bytes, size_t size);
    void *context;
};

struct pack {
    struct pack_piece *pieces; /* owned */
    struct pack_prepare prepare;
    size_t count;
    atomic_size_t next; /* taken by the threads and by pack_finish */
    atomic_int error;   /* the first */
    bool is_raw;        /* nothing is compressed */
    pthread_t threads[PACK_THREADS];
    size_t thread_count;
};

/**
 * Begins to compress size bytes, which must not change until pack_finish but by prepare, whose run may be NULL. Without
 * threads (their number may be limited) pack_finish does the work. Returns 0 or -ENOMEM.
 */
int pack_start(struct pack *pack, uint8_t *bytes, size_t size, struct pack_prepare prepare);

/** Waits until all pieces are packed. Returns 0 or a negative errno. */
int pack_finish(struct pack *pack);

/** Writes the frames to fd. Only after pack_finish. Returns 0 or a negative errno. */
int pack_write(const struct pack *pack, int fd);

/** Waits for the threads and frees all. */
void pack_release(struct pack *pack);

struct pack_stream {
    ZSTD_CCtx *compressor; /* owned; NULL: stored as it comes */
    uint8_t *out;          /* owned */
    size_t out_size;
    uint64_t left; /* of the announced size */
    int fd;        /* of the caller */
};

/** Begins a frame of exactly size bytes on fd. Returns 0 or a negative errno. */
int pack_stream_open(struct pack_stream *stream, int fd, uint64_t size);

/** Adds bytes; context is the stream. Returns 0 or a negative errno. The type is that of a buffer's sink. */
int pack_stream_write(void *context, const char *bytes, size_t size);

/** Ends the frame. Returns 0, -EIO if its size is not what was announced, or another negative errno. */
int pack_stream_close(struct pack_stream *stream);

/** Frees what pack_stream_open allocated. */
void pack_stream_release(struct pack_stream *stream);

#endif
