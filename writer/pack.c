/* SPDX-License-Identifier: MIT */
#include "pack.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd_errors.h>

/* Measured: docs/decisions/0011-archive.md. The reports repeat themselves within a thread's length. */
#define PACK_LEVEL         1
#define PACK_WINDOW        23 /* log 2 of bytes: a piece */
#define PACK_HASH          16
#define PACK_MINIMUM       6
#define PACK_STREAM_WINDOW 19

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

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t part = write(fd, bytes, size);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return part < 0 ? -errno : -EIO;
        bytes += part;
        size -= (size_t)part;
    }
    return 0;
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
        compressor = compressor ? compressor : pack_compressor(PACK_WINDOW);
        int error = compressor ? pack_one(compressor, &pack->pieces[i]) : -ENOMEM, none = 0;
        if (error)
            (void)atomic_compare_exchange_strong(&pack->error, &none, error);
    }
    ZSTD_freeCCtx(compressor);
    return NULL;
}

int pack_start(struct pack *pack, const uint8_t *bytes, size_t size)
{
    *pack = (struct pack){.count = (size + PACK_PIECE - 1) / PACK_PIECE};
    pack->pieces = calloc(pack->count + 1, sizeof *pack->pieces);
    if (!pack->pieces)
        return -ENOMEM;
    for (size_t i = 0; i < pack->count; i++) {
        size_t at = i * PACK_PIECE;
        pack->pieces[i].bytes = bytes + at;
        pack->pieces[i].size = size - at < PACK_PIECE ? size - at : PACK_PIECE;
    }
    size_t most = pack->count < PACK_THREADS ? pack->count : PACK_THREADS;
    while (pack->thread_count < most &&
           pthread_create(&pack->threads[pack->thread_count], NULL, pack_run, pack) == 0)
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

int pack_write(const struct pack *pack, int fd)
{
    int error = 0;
    for (size_t i = 0; i < pack->count && !error; i++)
        error = write_all(fd, pack->pieces[i].packed, pack->pieces[i].packed_size);
    return error;
}

void pack_release(struct pack *pack)
{
    atomic_store(&pack->next, pack->count); /* pieces that nobody has begun are not wanted any more */
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
    *stream = (struct pack_stream){.fd = fd, .out_size = ZSTD_CStreamOutSize()};
    stream->compressor = pack_compressor(PACK_STREAM_WINDOW);
    stream->out = malloc(stream->out_size);
    if (!stream->compressor || !stream->out)
        return -ENOMEM;
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
    return pack_stream_feed(context, bytes, size, ZSTD_e_continue);
}

int pack_stream_close(struct pack_stream *stream)
{
    return pack_stream_feed(stream, NULL, 0, ZSTD_e_end);
}

void pack_stream_release(struct pack_stream *stream)
{
    ZSTD_freeCCtx(stream->compressor);
    free(stream->out);
    *stream = (struct pack_stream){.fd = -1};
}
