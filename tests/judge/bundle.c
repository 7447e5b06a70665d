/* SPDX-License-Identifier: MIT */
/* Unpacking a bundle with the libraries that other readers have: libzstd, libarchive, jansson. */
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <zstd.h>

struct stream {
    const char *path;
    int fd;
    ZSTD_DStream *zstd;
    size_t unfinished; /* what zstd still expects; 0 at the end of a frame */
    ZSTD_inBuffer in;
    char packed[1 << 16], plain[1 << 16];
};

/* Some more of what was packed, at most one buffer; 0 at the end. */
static size_t unpack(struct stream *stream)
{
    ZSTD_outBuffer out = {stream->plain, sizeof stream->plain, 0};
    while (out.pos == 0) {
        if (stream->in.pos == stream->in.size) {
            ssize_t bytes = read(stream->fd, stream->packed, sizeof stream->packed);
            if (bytes < 0)
                wrong("%s: %s", stream->path, strerror(errno));
            if (bytes == 0)
                break;
            stream->in = (ZSTD_inBuffer){stream->packed, bytes, 0};
        }
        stream->unfinished = ZSTD_decompressStream(stream->zstd, &out, &stream->in);
        if (ZSTD_isError(stream->unfinished))
            wrong("%s: %s", stream->path, ZSTD_getErrorName(stream->unfinished));
    }
    return out.pos;
}

static la_ssize_t give(struct archive *archive, void *user, const void **ret_bytes)
{
    (void)archive;
    struct stream *stream = user;
    *ret_bytes = stream->plain;
    return (la_ssize_t)unpack(stream);
}

static char *read_member(struct archive *archive, struct archive_entry *entry, size_t *ret_bytes)
{
    size_t bytes = (size_t)archive_entry_size(entry);
    char *text = calloc(1, bytes + 1);
    if (!text || archive_read_data(archive, text, bytes) != (la_ssize_t)bytes)
        wrong("report.json: %s", archive_error_string(archive));
    *ret_bytes = bytes;
    return text;
}

static json_t *parse_report(const char *text, size_t bytes, const char *copy_to)
{
    json_error_t error;
    json_t *report = json_loadb(text, bytes, 0, &error);
    if (!report)
        wrong("report.json: line %d: %s", error.line, error.text);
    if (!copy_to)
        return report;
    FILE *copy = fopen(copy_to, "we");
    if (!copy || fwrite(text, 1, bytes, copy) != bytes || fclose(copy) != 0)
        wrong("%s: %s", copy_to, strerror(errno));
    return report;
}

/* The members in their order; the report among them. What comes behind the last member is unpacked, too. */
static json_t *read_members(struct archive *archive, struct stream *stream, const char *copy_to,
                            char *members, size_t members_bytes)
{
    struct archive_entry *entry;
    json_t *report = NULL;
    size_t used = 0;
    int error;
    while ((error = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        used += (size_t)snprintf(members + used, members_bytes - used, "%s ", name);
        if (used >= members_bytes)
            wrong("%s: too many members", stream->path);
        if (!report && strcmp(name, "report.json") == 0) {
            size_t bytes;
            char *text = read_member(archive, entry, &bytes);
            report = parse_report(text, bytes, copy_to);
            free(text);
        }
    }
    if (error != ARCHIVE_EOF)
        wrong("%s: %s", stream->path, archive_error_string(archive));
    while (unpack(stream) > 0)
        ;
    if (stream->unfinished != 0)
        wrong("%s: it is cut off", stream->path);
    return report;
}

json_t *bundle_report(const char *path, const char *report_path, char *members, size_t members_bytes)
{
    static struct stream stream;
    struct archive *archive = archive_read_new();
    stream =
        (struct stream){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC), .zstd = ZSTD_createDStream()};
    if (stream.fd < 0)
        wrong("%s: %s", path, strerror(errno));
    members[0] = '\0';
    archive_read_support_format_tar(archive);
    if (!stream.zstd || archive_read_open(archive, &stream, NULL, give, NULL) != ARCHIVE_OK)
        wrong("%s: %s", path, archive_error_string(archive));
    json_t *report = read_members(archive, &stream, report_path, members, members_bytes);
    if (!report)
        wrong("%s: no report.json among: %s", path, members);
    archive_read_free(archive);
    ZSTD_freeDStream(stream.zstd);
    close(stream.fd);
    return report;
}
