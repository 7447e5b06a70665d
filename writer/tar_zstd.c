/* SPDX-License-Identifier: MIT */
#include "tar_zstd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd_errors.h>

#define TAR_BLOCK    512
#define TAR_SIZE_MAX ((UINT64_C(1) << 33) - 1) /* 11 octal digits */

static const uint8_t zeros[2 * TAR_BLOCK];

struct tar_header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6],
        version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "ustar header");

static size_t tar_padding(size_t size)
{
    return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

int archive_open(int fd, int level, uint64_t time, struct archive *ret_archive)
{
    struct archive archive = {.fd = fd, .time = time, .out_size = ZSTD_CStreamOutSize()};
    archive.compressor = ZSTD_createCCtx();
    archive.out = malloc(archive.out_size);
    if (!archive.compressor || !archive.out ||
        ZSTD_isError(ZSTD_CCtx_setParameter(archive.compressor, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(archive.compressor, ZSTD_c_checksumFlag, 1))) {
        archive_release(&archive);
        return -ENOMEM;
    }
    *ret_archive = archive;
    return 0;
}

void archive_release(struct archive *archive)
{
    ZSTD_freeCCtx(archive->compressor);
    free(archive->out);
    *archive = (struct archive){.fd = -1};
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

static int archive_feed(struct archive *archive, const void *bytes, size_t size, ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {bytes, size, 0};
    for (;;) {
        ZSTD_outBuffer out = {archive->out, archive->out_size, 0};
        size_t rest = ZSTD_compressStream2(archive->compressor, &out, &in, directive);
        if (ZSTD_isError(rest))
            return ZSTD_getErrorCode(rest) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
        int error = write_all(archive->fd, archive->out, out.pos);
        if (error)
            return error;
        if (directive == ZSTD_e_continue ? in.pos == in.size : rest == 0)
            return 0;
    }
}

int archive_begin_frame(struct archive *archive, const size_t *sizes, size_t count, int is_last)
{
    unsigned long long total = is_last ? sizeof zeros : 0;
    for (size_t i = 0; i < count; i++)
        total += TAR_BLOCK + sizes[i] + tar_padding(sizes[i]);
    return ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(archive->compressor, total)) ? -EIO : 0;
}

int archive_add(struct archive *archive, const char *name, const void *bytes, size_t size)
{
    struct tar_header header = {.mode = "0000600",
                                .uid = "0000000",
                                .gid = "0000000",
                                .type = '0',
                                .magic = "ustar",
                                .version = {'0', '0'},
                                .major = "0000000",
                                .minor = "0000000"};
    if (size > TAR_SIZE_MAX)
        return -EFBIG;
    snprintf(header.name, sizeof header.name, "%s", name);
    snprintf(header.size, sizeof header.size, "%011llo", (unsigned long long)size);
    snprintf(header.mtime, sizeof header.mtime, "%011llo", (unsigned long long)archive->time & TAR_SIZE_MAX);
    memset(header.checksum, ' ', sizeof header.checksum);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof header; i++)
        sum += ((const uint8_t *)&header)[i];
    snprintf(header.checksum, sizeof header.checksum, "%06o", sum & 0777777);
    int error = archive_feed(archive, &header, sizeof header, ZSTD_e_continue);
    if (!error)
        error = archive_feed(archive, bytes, size, ZSTD_e_continue);
    return error ? error : archive_feed(archive, zeros, tar_padding(size), ZSTD_e_continue);
}

int archive_end_frame(struct archive *archive, int is_last)
{
    return archive_feed(archive, zeros, is_last ? sizeof zeros : 0, ZSTD_e_end);
}
