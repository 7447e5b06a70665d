/* SPDX-License-Identifier: MIT */
#include "bundle/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd_errors.h>

#include "base/stages.h"

/* Measured: docs/decisions/0011-archive.md. The reports repeat themselves within a thread's length. */
#define PACK_LEVEL         1
#define PACK_WINDOW        23 /* log 2 of bytes: a piece */
#define PACK_HASH          16
#define PACK_MINIMUM       6
#define PACK_STREAM_WINDOW 19

/* Frames without compression, written by hand (RFC 8878, 3.1.1: blocks of the raw type): all readers of zstd take
 * them, and only the write can fail. */
#define RAW_BLOCK       ((size_t)128 << 10) /* the most that a block may hold */
#define RAW_DESCRIPTOR  0xc0                /* a content size of 8 bytes, no checksum, a window descriptor */
#define RAW_WINDOW      0x38                /* 128 KiB: nothing refers back */
#define RAW_HEADER_SIZE 14
#define RAW_BLOCK_LAST  1u

static int pack_error(size_t result)
{
    return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
}

static ZSTD_CCtx *pack_compressor(int window)
{
    const struct {
        ZSTD_cParameter parameter;
        int value;
    } rows[] = {
        {ZSTD_c_compressionLevel, PACK_LEVEL}, {ZSTD_c_checksumFlag, 1},    {ZSTD_c_windowLog, window},
        {ZSTD_c_strategy, ZSTD_fast},          {ZSTD_c_hashLog, PACK_HASH}, {ZSTD_c_minMatch, PACK_MINIMUM},
    };
    ZSTD_CCtx *compressor = ZSTD_createCCtx();
    for (size_t i = 0; compressor && i < sizeof rows / sizeof rows[0]; i++) {
        if (ZSTD_isError(ZSTD_CCtx_setParameter(compressor, rows[i].parameter, rows[i].value))) {
            ZSTD_freeCCtx(compressor);
            return NULL;
        }
    }
    return compressor;
}

static int pack_one(ZSTD_CCtx *compressor, struct pack_piece *piece)
{
    size_t bound = ZSTD_compressBound(piece->size);
    uint8_t *packed = malloc(bound);
    if (!packed)
        return -ENOMEM;
    size_t size = ZSTD_compress2(compressor, packed, bound, piece->bytes, piece->size);
    if (ZSTD_isError(size)) {
        free(packed);
        return pack_error(size);
    }
    uint8_t *fitting = realloc(packed, size);
    if (fitting)
        packed = fitting;
    piece->packed = packed;
    piece->packed_size = size;
    return 0;
}

static void *pack_run(void *argument)
{
    struct pack *pack = argument;
    ZSTD_CCtx *compressor = NULL;
    for (size_t i; (i = atomic_fetch_add(&pack->next, 1)) < pack->count;) {
        struct pack_piece *piece = &pack->pieces[i];
        if (pack->prepare.run)
            pack->prepare.run(pack->prepare.context, piece->bytes, piece->size);
        piece->is_prepared = true;
        if (pack->is_raw)
            continue;
        compressor = compressor ? compressor : pack_compressor(PACK_WINDOW);
        /* A piece for which memory is short is stored as it is. */
        int error = compressor ? pack_one(compressor, piece) : -ENOMEM, none = 0;
        if (error && error != -ENOMEM)
            (void)atomic_compare_exchange_strong(&pack->error, &none, error);
    }
    ZSTD_freeCCtx(compressor);
    return NULL;
}

static void *pack_thread(void *pack)
{
    stage_of_thread(STAGE_PACK);
    return pack_run(pack);
}

int pack_start(struct pack *pack, uint8_t *bytes, size_t size, struct pack_prepare prepare)
{
    *pack = (struct pack){.count = (size + PACK_PIECE - 1) / PACK_PIECE,
                          .prepare = prepare,
                          .is_raw = stage_is_left_out(STAGE_PACK)};
    pack->pieces = calloc(pack->count + 1, sizeof *pack->pieces);
    if (!pack->pieces)
        return -ENOMEM;
    for (size_t i = 0; i < pack->count; i++) {
        size_t at = i * PACK_PIECE;
        pack->pieces[i].bytes = bytes + at;
        pack->pieces[i].size = size - at < PACK_PIECE ? size - at : PACK_PIECE;
    }
    size_t most = pack->is_raw && !prepare.run ? 0 : pack->count < PACK_THREADS ? pack->count : PACK_THREADS;
    while (pack->thread_count < most &&
           pthread_create(&pack->threads[pack->thread_count], NULL, pack_thread, pack) == 0)
        pack->thread_count++;
    return 0;
}

int pack_finish(struct pack *pack)
{
    (void)pack_run(pack);
    while (pack->thread_count)
        (void)pthread_join(pack->threads[--pack->thread_count], NULL);
    return atomic_load(&pack->error);
}

/* Writes all of it, over short writes. Returns 0 or a negative errno. */
static int write_all(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size) {
        ssize_t part = write(fd, at, size);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return part < 0 ? -errno : -EIO;
        at += part;
        size -= (size_t)part;
    }
    return 0;
}

static int raw_begin(int fd, uint64_t size)
{
    uint8_t header[RAW_HEADER_SIZE] = {0x28, 0xb5, 0x2f, 0xfd, RAW_DESCRIPTOR, RAW_WINDOW};
    for (int i = 0; i < 8; i++)
        header[6 + i] = (uint8_t)(size >> 8 * i);
    return write_all(fd, header, sizeof header);
}

static int write_block(int fd, const void *bytes, size_t size, unsigned flags)
{
    unsigned value = (unsigned)size << 3 | flags; /* bits 1 and 2 are the type: 0, raw */
    const uint8_t header[3] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16)};
    int error = write_all(fd, header, sizeof header);
    return error ? error : write_all(fd, bytes, size);
}

static int raw_add(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    int error = 0;
    for (size_t part; size && !error; at += part, size -= part) {
        part = size < RAW_BLOCK ? size : RAW_BLOCK;
        error = write_block(fd, at, part, 0);
    }
    return error;
}

static int raw_end(int fd)
{
    return write_block(fd, "", 0, RAW_BLOCK_LAST);
}

static int pack_write_piece(const struct pack_piece *piece, int fd)
{
    if (!piece->is_prepared)
        return -EIO;
    if (piece->packed)
        return write_all(fd, piece->packed, piece->packed_size);
    int error = raw_begin(fd, piece->size);
    if (!error)
        error = raw_add(fd, piece->bytes, piece->size);
    return error ? error : raw_end(fd);
}

int pack_write(const struct pack *pack, int fd)
{
    int error = 0;
    for (size_t i = 0; i < pack->count && !error; i++)
        error = pack_write_piece(&pack->pieces[i], fd);
    return error;
}

void pack_release(struct pack *pack)
{
    atomic_store(&pack->next, pack->count); /* pieces that no thread has begun are not wanted any more */
    while (pack->thread_count)
        (void)pthread_join(pack->threads[--pack->thread_count], NULL);
    for (size_t i = 0; pack->pieces && i < pack->count; i++)
        free(pack->pieces[i].packed);
    free(pack->pieces);
    pack->pieces = NULL;
    pack->count = 0;
}

int pack_stream_open(struct pack_stream *stream, int fd, uint64_t size)
{
    *stream = (struct pack_stream){.fd = fd, .out_size = ZSTD_CStreamOutSize(), .left = size};
    if (!stage_is_left_out(STAGE_PACK)) {
        stream->compressor = pack_compressor(PACK_STREAM_WINDOW);
        stream->out = malloc(stream->out_size);
    }
    if (!stream->compressor || !stream->out) {
        ZSTD_freeCCtx(stream->compressor);
        stream->compressor = NULL;
        return raw_begin(fd, size);
    }
    size_t result = ZSTD_CCtx_setPledgedSrcSize(stream->compressor, size);
    return ZSTD_isError(result) ? pack_error(result) : 0;
}

static int pack_stream_feed(struct pack_stream *stream, const char *bytes, size_t size,
                            ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {bytes, size, 0};
    for (;;) {
        ZSTD_outBuffer out = {stream->out, stream->out_size, 0};
        size_t rest = ZSTD_compressStream2(stream->compressor, &out, &in, directive);
        if (ZSTD_isError(rest))
            return pack_error(rest);
        int error = write_all(stream->fd, stream->out, out.pos);
        if (error)
            return error;
        if (directive == ZSTD_e_continue ? in.pos == in.size : rest == 0)
            return 0;
    }
}

int pack_stream_write(void *context, const char *bytes, size_t size)
{
    struct pack_stream *stream = context;
    if (size > stream->left)
        return -EIO;
    stream->left -= size;
    return stream->compressor ? pack_stream_feed(stream, bytes, size, ZSTD_e_continue)
                              : raw_add(stream->fd, bytes, size);
}

int pack_stream_close(struct pack_stream *stream)
{
    if (stream->left)
        return -EIO;
    return stream->compressor ? pack_stream_feed(stream, NULL, 0, ZSTD_e_end) : raw_end(stream->fd);
}

void pack_stream_release(struct pack_stream *stream)
{
    ZSTD_freeCCtx(stream->compressor);
    free(stream->out);
    *stream = (struct pack_stream){.fd = -1};
}
