/* SPDX-License-Identifier: MIT */
/* tar and zstd by hand: libarchive makes one frame of it all. See rewrite/archive.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "rewrite/archive.h"
#include "tar.h"

#define LEVEL      3
#define WINDOW_LOG 23 /* the most that a reader takes */
#define OUT_BYTES  (128 << 10)

struct rewrite_archive {
    ZSTD_CCtx *compressor;
    int64_t time;
    uint64_t size, left; /* of the member; what is still to come */
    int fd, error;       /* error: the first */
    char out[OUT_BYTES];
};

static void write_out(struct rewrite_archive *archive, size_t size)
{
    for (size_t done = 0; done < size && !archive->error;) {
        ssize_t n = write(archive->fd, archive->out + done, size - done);
        if (n < 0 && errno != EINTR)
            archive->error = -errno;
        done += n > 0 ? (size_t)n : 0;
    }
}

/* Returns the first error. */
static int feed(struct rewrite_archive *archive, const void *bytes, size_t size, ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {bytes, size, 0};
    size_t rest = 1;

    while (!archive->error && (in.pos < in.size || (directive == ZSTD_e_end && rest))) {
        ZSTD_outBuffer out = {archive->out, sizeof archive->out, 0};
        rest = ZSTD_compressStream2(archive->compressor, &out, &in, directive);
        if (ZSTD_isError(rest))
            archive->error = -ENOMEM;
        else
            write_out(archive, out.pos);
    }
    return archive->error;
}

int rewrite_archive_open(int fd, int64_t time, struct rewrite_archive **ret_archive)
{
    struct rewrite_archive *archive = calloc(1, sizeof *archive);

    if (!archive)
        return -ENOMEM;
    archive->fd = fd;
    archive->time = time;
    archive->compressor = ZSTD_createCCtx();
    if (!archive->compressor ||
        ZSTD_isError(ZSTD_CCtx_setParameter(archive->compressor, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(archive->compressor, ZSTD_c_windowLog, WINDOW_LOG)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(archive->compressor, ZSTD_c_checksumFlag, 1)))
        return rewrite_archive_close(archive, -ENOMEM);
    *ret_archive = archive;
    return 0;
}

int rewrite_archive_begin(struct rewrite_archive *archive, const char *name, uint64_t size)
{
    uint8_t header[TAR_BLOCK];
    int error = tar_header(name, size, (uint64_t)archive->time, header);

    archive->size = archive->left = size;
    return error ? error : feed(archive, header, sizeof header, ZSTD_e_continue);
}

int rewrite_archive_add(struct rewrite_archive *archive, const void *bytes, size_t size)
{
    if (size > archive->left)
        return -EINVAL;
    archive->left -= size;
    return feed(archive, bytes, size, ZSTD_e_continue);
}

int rewrite_archive_end(struct rewrite_archive *archive, bool ends_frame)
{
    static const char zeros[TAR_BLOCK];

    if (archive->left)
        return -EINVAL;
    return feed(archive, zeros, tar_padding(archive->size), ends_frame ? ZSTD_e_end : ZSTD_e_continue);
}

int rewrite_archive_close(struct rewrite_archive *archive, int error)
{
    static const char zeros[TAR_END];

    if (!archive->error)
        archive->error = error;
    error = feed(archive, zeros, sizeof zeros, ZSTD_e_end);
    ZSTD_freeCCtx(archive->compressor);
    free(archive);
    return error;
}
