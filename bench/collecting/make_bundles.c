/* SPDX-License-Identifier: MIT */
/*
 * make_bundles DIR BUNDLES SIGNATURES: fills the crash directory DIR, as if servers had crashed for 30 days. Hosts,
 * releases and tags differ, and some of them have to do with a signature.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "crumple_format.h"
#include "made.h"

#define TAR_BLOCK  512
#define CORE_BYTES 4096

static void fail(const char *what)
{
    fprintf(stderr, "make_bundles: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A member of a ustar archive: its header and its bytes, in whole blocks. */
static void add_member(struct buffer *archive, const char *name, const char *bytes, size_t size)
{
    static const char zeros[TAR_BLOCK];
    char header[TAR_BLOCK] = {0};
    unsigned sum = 0;

    snprintf(header, 100, "%s", name);
    memcpy(header + 100, "0000600\0000000000\0000000000\0", 24);
    snprintf(header + 124, 12, "%011zo", size);
    memcpy(header + 136, "00000000000\0        0", 21);
    memcpy(header + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof header; i++)
        sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06o", sum);
    buffer_add(archive, header, sizeof header);
    buffer_add(archive, bytes, size);
    buffer_add(archive, zeros, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

static void add_frame(ZSTD_CCtx *packer, const struct buffer *archive, struct buffer *out)
{
    const size_t room = ZSTD_compressBound(archive->size);
    if (!buffer_reserve(out, room))
        fail("memory");
    size_t size = ZSTD_compress2(packer, out->data + out->size, room, archive->data, archive->size);
    if (ZSTD_isError(size))
        fail(ZSTD_getErrorName(size));
    out->size += size;
}

static void write_all(int directory, const char *name, const struct buffer *bytes)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || bytes->failed || write(fd, bytes->data, bytes->size) != (ssize_t)bytes->size ||
        close(fd) < 0)
        fail(name);
}

static void write_bundle(int directory, const struct made *made, ZSTD_CCtx *packer)
{
    static const char core[CORE_BYTES] = "\177ELF", end[2 * TAR_BLOCK];
    struct buffer report = {0}, first = {0}, rest = {0}, bundle = {0};
    char name[MADE_NAME_BYTES + sizeof CRUMPLE_BUNDLE_SUFFIX];

    made_report(made, &report);
    add_member(&first, "report.json", report.data, report.size);
    add_member(&rest, "report.txt", "made\n", 5);
    add_member(&rest, "core", core, sizeof core);
    buffer_add(&rest, end, sizeof end);
    add_frame(packer, &first, &bundle);
    add_frame(packer, &rest, &bundle);
    snprintf(name, sizeof name, "%s%s", made->id, CRUMPLE_BUNDLE_SUFFIX);
    write_all(directory, name, &bundle);
    buffer_release(&report);
    buffer_release(&first);
    buffer_release(&rest);
    buffer_release(&bundle);
}

static int compare_lines(const void *a, const void *b)
{
    const struct made *x = a, *y = b;
    return x->time_us < y->time_us ? -1 : x->time_us > y->time_us;
}

/* As the writer leaves them: two files, of which the older one ends where it became too large. */
static void write_log(int directory, struct made *events, uint64_t count)
{
    struct buffer lines = {0}, older = {0};

    qsort(events, count, sizeof *events, compare_lines);
    for (uint64_t i = 0; i < count; i++) {
        made_line(&events[i], &lines);
        if (lines.size > CRUMPLE_INDEX_MAX) {
            buffer_release(&older);
            older = lines;
            lines = (struct buffer){0};
        }
    }
    write_all(directory, CRUMPLE_INDEX_NAME, &lines);
    if (older.size)
        write_all(directory, CRUMPLE_INDEX_OLDER, &older);
    buffer_release(&lines);
    buffer_release(&older);
}

int main(int argc, char **argv)
{
    const uint64_t count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0,
                   groups = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    if (!count || !groups) {
        fprintf(stderr, "usage: make_bundles DIR BUNDLES SIGNATURES\n");
        return 2;
    }
    if (mkdir(argv[1], 0700) < 0 && errno != EEXIST)
        fail(argv[1]);
    int directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ZSTD_CCtx *packer = ZSTD_createCCtx();
    struct made *events = calloc(count, sizeof *events);
    if (directory < 0 || !packer || !events)
        fail(argv[1]);
    ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(packer, ZSTD_c_checksumFlag, 1);
    for (uint64_t i = 0; i < count; i++) {
        events[i] = made_event(i, count, groups, (int64_t)time(NULL) * 1000000);
        write_bundle(directory, &events[i], packer);
    }
    write_log(directory, events, count);
    free(events);
    ZSTD_freeCCtx(packer);
    return close(directory) < 0;
}
