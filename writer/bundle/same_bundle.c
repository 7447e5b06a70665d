/* SPDX-License-Identifier: MIT */
#include "bundle/same_bundle.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "crumple_format.h"
#include "tar.h"

#define PIECE       ((size_t)64 << 10)
#define MEMBERS_MAX 64

struct source {
    ZSTD_DCtx *decompressor;
    ZSTD_inBuffer in;
    size_t hint; /* of the decompressor: 0 between frames */
};

/* Takes exactly size bytes of the archive. Returns whether there were so many. */
static bool take(struct source *source, void *bytes, size_t size)
{
    ZSTD_outBuffer out = {bytes, size, 0};
    while (out.pos < size) {
        const size_t in_before = source->in.pos, out_before = out.pos;
        source->hint = ZSTD_decompressStream(source->decompressor, &out, &source->in);
        if (ZSTD_isError(source->hint) || (source->in.pos == in_before && out.pos == out_before))
            return false;
    }
    return true;
}

/* Takes size bytes; true if they are those of expected, which may be NULL: any. */
static bool take_equal(struct source *source, const uint8_t *expected, uint64_t size)
{
    uint8_t piece[PIECE];
    for (size_t part; size; size -= part) {
        part = size < PIECE ? (size_t)size : PIECE;
        if (!take(source, piece, part) || (expected && memcmp(piece, expected, part) != 0))
            return false;
        expected = expected ? expected + part : NULL;
    }
    return true;
}

/* The rest of the archive: whole frames up to the end of the file. */
static bool take_rest(struct source *source)
{
    uint8_t piece[PIECE] = {0};
    for (;;) {
        ZSTD_outBuffer out = {piece, sizeof piece, 0};
        const size_t in_before = source->in.pos;
        if (source->in.pos == source->in.size && source->hint == 0)
            return true;
        source->hint = ZSTD_decompressStream(source->decompressor, &out, &source->in);
        if (ZSTD_isError(source->hint) || (source->in.pos == in_before && out.pos == 0))
            return false;
    }
}

/* The size field of a header: octal digits, as bundle/tar.c writes it. */
static uint64_t size_of(const char *header)
{
    char digits[13];
    memcpy(digits, header + 124, 12);
    digits[12] = '\0';
    return strtoull(digits, NULL, 8);
}

static bool take_core(struct source *source, const uint8_t *core, size_t size, size_t any_at, size_t any_size)
{
    const size_t rest = any_at + any_size;
    return take_equal(source, core, any_at) && take_equal(source, NULL, any_size) &&
           take_equal(source, core + rest, size - rest);
}

static bool compare(struct source *source, const uint8_t *core, size_t size, size_t any_at, size_t any_size)
{
    char header[TAR_BLOCK];
    for (int members = 0; members < MEMBERS_MAX && take(source, header, sizeof header); members++) {
        uint64_t bytes = size_of(header);
        if (bytes > CRUMPLE_MAX_CORE)
            return false;
        if (strncmp(header, CRUMPLE_MEMBER_CORE, 100) == 0)
            return bytes == size && take_core(source, core, size, any_at, any_size) && take_rest(source);
        if (!take_equal(source, NULL, bytes + tar_padding(bytes)))
            return false;
    }
    return false;
}

bool same_bundle(int directory, const char *name, const uint8_t *core, size_t size, size_t any_at,
                 size_t any_size)
{
    struct stat status;
    struct source source = {0};
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    void *bytes = MAP_FAILED;
    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (bytes == MAP_FAILED)
        return false;
    source.in = (ZSTD_inBuffer){bytes, (size_t)status.st_size, 0};
    source.decompressor = ZSTD_createDCtx();
    bool is_same = source.decompressor && compare(&source, core, size, any_at, any_size);
    ZSTD_freeDCtx(source.decompressor);
    munmap(bytes, (size_t)status.st_size);
    return is_same;
}
