/* SPDX-License-Identifier: MIT */
/* Unpacking zstd within limits: see read/unpack.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "read/unpack.h"

#define MIB         (UINT64_C(1) << 20)
#define FREE_BYTES  (768 * MIB) /* a small bundle may hold a core with much empty memory */
#define EMPTY_BYTES MIB         /* packed bytes that stand for nothing */

struct unpack {
    int fd;
    ZSTD_DStream *stream;
    ZSTD_inBuffer in;
    void *packed, *piece;
    size_t packed_room, piece_room;
    uint64_t read, made; /* bytes, packed and unpacked */
    bool at_end, inside; /* of the file; of a frame */
    const char *reason;
};

struct unpack *unpack_new(int fd)
{
    struct unpack *unpack = calloc(1, sizeof *unpack);

    if (!unpack)
        return NULL;
    unpack->fd = fd;
    unpack->packed_room = ZSTD_DStreamInSize();
    unpack->piece_room = ZSTD_DStreamOutSize();
    unpack->packed = malloc(unpack->packed_room);
    unpack->piece = malloc(unpack->piece_room);
    unpack->stream = ZSTD_createDStream();
    if (unpack->packed && unpack->piece && unpack->stream &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(unpack->stream, ZSTD_d_windowLogMax, UNPACK_WINDOW)))
        return unpack;
    unpack_free(unpack);
    return NULL;
}

void unpack_free(struct unpack *unpack)
{
    if (!unpack)
        return;
    ZSTD_freeDStream(unpack->stream);
    free(unpack->packed);
    free(unpack->piece);
    free(unpack);
}

const char *unpack_reason(const struct unpack *unpack)
{
    return unpack->reason;
}

bool unpack_is_bomb(const struct unpack *unpack, uint64_t bytes, uint64_t free_bytes)
{
    uint64_t taken = unpack->read - (unpack->in.size - unpack->in.pos);

    return bytes > free_bytes && bytes / UNPACK_RATIO > taken;
}

static int damaged(struct unpack *unpack, const char *reason)
{
    unpack->reason = reason;
    return -EBADMSG;
}

/* What zstd has to say, in our words where people can do something about it. */
static int zstd_failed(struct unpack *unpack, size_t result)
{
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation:
        return -ENOMEM;
    case ZSTD_error_prefix_unknown:
        return damaged(unpack, unpack->made ? "data that is not zstd follows" : "it is not a bundle");
    case ZSTD_error_frameParameter_windowTooLarge:
        return damaged(unpack, "its zstd window is larger than 8 MiB");
    default:
        return damaged(unpack, ZSTD_getErrorName(result));
    }
}

static int read_packed(struct unpack *unpack)
{
    ssize_t n;

    do
        n = read(unpack->fd, unpack->packed, unpack->packed_room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return damaged(unpack, strerror(errno));
    unpack->in = (ZSTD_inBuffer){unpack->packed, (size_t)n, 0};
    unpack->read += (uint64_t)n;
    unpack->at_end = n == 0;
    return unpack->read > unpack->made + unpack->made / 64 + EMPTY_BYTES
               ? damaged(unpack, "more than 1 MiB of it unpacks to nothing")
               : 0;
}

int64_t unpack_next(struct unpack *unpack, const void **ret_piece)
{
    ZSTD_outBuffer out = {unpack->piece, unpack->piece_room, 0};
    int error = unpack->reason ? -EBADMSG : 0;

    while (error == 0 && out.pos == 0) {

        /* a full piece may have left more behind, for which no input is needed */
        if (unpack->in.pos == unpack->in.size && !unpack->at_end)
            error = read_packed(unpack);
        if (error < 0 || (unpack->at_end && !unpack->inside))
            break;
        size_t rest = ZSTD_decompressStream(unpack->stream, &out, &unpack->in);
        if (ZSTD_isError(rest))
            return zstd_failed(unpack, rest);
        unpack->inside = rest != 0;
        if (unpack->at_end && unpack->inside && out.pos == 0)
            return damaged(unpack, "it is truncated");
    }
    unpack->made += out.pos;
    if (error == 0 && unpack_is_bomb(unpack, unpack->made, FREE_BYTES))
        error = damaged(unpack, "it unpacks to more than 768 MiB and more than 2000 times its size");
    *ret_piece = unpack->piece;
    return error < 0 ? error : (int64_t)out.pos;
}
