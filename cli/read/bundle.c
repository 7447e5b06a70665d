/* SPDX-License-Identifier: MIT */
/* Reading a bundle with libarchive: see read/bundle.h. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/bundle.h"
#include "crumple_format.h"
#include "read/unpack.h"

#define BLOCK       65536
#define MEMBERS_MAX 64 /* before the core */
#define MIB         (UINT64_C(1) << 20)

/* What a member may have, however few bytes it is packed into. */
#define FREE_REPORT (8 * MIB)
#define FREE_CORE   (512 * MIB)

struct bundle_reader {
    struct archive *archive;
    struct unpack *unpack;
    char *report;
    size_t len, room;
    bool started, complete;
    const char *member; /* of libarchive, until the next one: what bundle_next has given */
    uint64_t member_size, member_read;
    bool is_back; /* bundle_next gives it once more */
    int members;  /* after the report */
    char reason[256];
};

__attribute__((format(printf, 2, 3))) static int damaged(struct bundle_reader *reader, const char *format,
                                                         ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(reader->reason, sizeof reader->reason, format, args);
    va_end(args);
    return -EBADMSG;
}

/* libarchive's message, shortened if crumple knows its meaning. */
static int archive_failed(struct bundle_reader *reader)
{
    const char *said = archive_error_string(reader->archive);

    if (archive_errno(reader->archive) == ENOMEM)
        return -ENOMEM;
    if (unpack_reason(reader->unpack))
        return damaged(reader, "%s", unpack_reason(reader->unpack));
    if (said &&
        (strstr(said, "runcated") || strstr(said, "damaged tar") || strstr(said, "Unrecognized archive")))
        return damaged(reader, "it is truncated or not a bundle");
    return damaged(reader, "%s", said ? said : "it is not a bundle");
}

/* libarchive asks for the next piece. */
static la_ssize_t give_piece(struct archive *archive, void *context, const void **ret_piece)
{
    struct bundle_reader *reader = context;
    int64_t n = unpack_next(reader->unpack, ret_piece);

    if (n >= 0)
        return (la_ssize_t)n;
    archive_set_error(archive, n == -ENOMEM ? ENOMEM : EIO, "it cannot be unpacked");
    return ARCHIVE_FATAL;
}

/* A small bundle may hold as much as small ones do; a member that is larger must take up a part of the file.
 */
static int check_size(struct bundle_reader *reader, const char *member, uint64_t bytes, uint64_t free_bytes)
{
    if (!unpack_is_bomb(reader->unpack, bytes, free_bytes))
        return 0;
    return damaged(reader, "its %s has more than %llu MiB and more than %llu times its packed size", member,
                   (unsigned long long)(free_bytes / MIB), (unsigned long long)UNPACK_RATIO);
}

int bundle_open(int fd, struct bundle_reader **ret_reader)
{
    struct bundle_reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return -ENOMEM;
    *ret_reader = reader;
    reader->unpack = unpack_new(fd);
    reader->archive = archive_read_new();
    if (!reader->unpack || !reader->archive)
        return -ENOMEM;
    if (archive_read_support_format_tar(reader->archive) != ARCHIVE_OK ||
        archive_read_open(reader->archive, reader, NULL, give_piece, NULL) != ARCHIVE_OK)
        return archive_failed(reader);
    return 0;
}

void bundle_close(struct bundle_reader *reader)
{
    if (!reader)
        return;
    if (reader->archive)
        archive_read_free(reader->archive);
    unpack_free(reader->unpack);
    free(reader->report);
    free(reader);
}

const char *bundle_reason(const struct bundle_reader *reader)
{
    return reader && reader->reason[0] ? reader->reason : "out of memory";
}

/* Go to the next member. Returns its size in bytes, -ENODATA at the end, or -EBADMSG. */
static int64_t next_member(struct bundle_reader *reader, const char **ret_name)
{
    struct archive_entry *entry;
    int error = archive_read_next_header(reader->archive, &entry);

    if (error == ARCHIVE_EOF)
        return -ENODATA;
    if (error != ARCHIVE_OK && error != ARCHIVE_WARN)
        return archive_failed(reader);
    const char *name = archive_entry_pathname(entry);
    int64_t size = archive_entry_size(entry);
    if (!name || archive_entry_filetype(entry) != AE_IFREG || size < 0)
        return damaged(reader, "one of its members is not a file");
    /* skipping costs time too */
    if ((uint64_t)size > CRUMPLE_MAX_CORE)
        return damaged(reader, "one of its members has more than %llu bytes",
                       (unsigned long long)CRUMPLE_MAX_CORE);
    *ret_name = strncmp(name, "./", 2) == 0 ? name + 2 : name;
    return size;
}

static int start_report(struct bundle_reader *reader)
{
    const char *name;
    int64_t size = next_member(reader, &name);

    if (size == -ENODATA)
        return damaged(reader, "it is empty");
    if (size < 0)
        return (int)size;
    if (strcmp(name, CRUMPLE_MEMBER_REPORT) != 0)
        return damaged(reader, "its first member is not " CRUMPLE_MEMBER_REPORT);
    if ((uint64_t)size > CRUMPLE_MAX_REPORT)
        return damaged(reader, CRUMPLE_MEMBER_REPORT " has more than %llu bytes",
                       (unsigned long long)CRUMPLE_MAX_REPORT);
    reader->started = true;
    return 0;
}

static int make_room(struct bundle_reader *reader)
{
    size_t room = reader->room ? reader->room * 2 : BLOCK;

    if (reader->room - reader->len > BLOCK)
        return 0;
    if (reader->room > CRUMPLE_MAX_REPORT)
        return damaged(reader, CRUMPLE_MEMBER_REPORT " is larger than its header says");
    char *grown = realloc(reader->report, room + BLOCK);
    if (!grown)
        return -ENOMEM;
    reader->report = grown;
    reader->room = room + BLOCK;
    return 0;
}

int bundle_read_report(struct bundle_reader *reader, size_t enough, const char **ret_text, size_t *ret_len,
                       bool *ret_complete)
{
    int error = reader->started ? 0 : start_report(reader);

    while (error == 0 && !reader->complete && reader->len < enough) {

        error = make_room(reader);
        if (error < 0)
            break;
        la_ssize_t n = archive_read_data(reader->archive, reader->report + reader->len, BLOCK);
        if (n < 0)
            return archive_failed(reader);
        reader->complete = n == 0;
        reader->len += (size_t)n;
        error = check_size(reader, CRUMPLE_MEMBER_REPORT, reader->len, FREE_REPORT);
    }
    if (error < 0)
        return error;
    reader->report[reader->len] = '\0';
    *ret_text = reader->report;
    *ret_len = reader->len;
    *ret_complete = reader->complete;
    return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

int bundle_next(struct bundle_reader *reader, const char **ret_name, uint64_t *ret_size)
{
    if (!reader->is_back) {
        int64_t size = next_member(reader, &reader->member);
        if (size < 0)
            return (int)size;
        if (reader->members++ == MEMBERS_MAX)
            return damaged(reader, "it has more than %d members", MEMBERS_MAX);
        reader->member_size = (uint64_t)size;
        reader->member_read = 0;
    }
    reader->is_back = false;
    *ret_name = reader->member;
    *ret_size = reader->member_size;
    return 0;
}

void bundle_back(struct bundle_reader *reader)
{
    reader->is_back = true;
}

int64_t bundle_read(struct bundle_reader *reader, void *bytes, size_t size)
{
    const bool is_core = strcmp(reader->member, CRUMPLE_MEMBER_CORE) == 0;
    la_ssize_t n = archive_read_data(reader->archive, bytes, size);

    if (n < 0)
        return archive_failed(reader);
    reader->member_read += (uint64_t)n;
    if (reader->member_read > reader->member_size)
        return damaged(reader, "its %s is larger than its header says", is_core ? "core" : "member");
    int error = check_size(reader, is_core ? "core" : "member", reader->member_read,
                           is_core ? FREE_CORE : FREE_REPORT);
    return error ? error : n;
}

int bundle_copy_core(struct bundle_reader *reader, int fd)
{
    char block[BLOCK];
    const char *name = "";
    uint64_t size;
    int64_t n = 1;
    int error = 0;

    while (error == 0 && strcmp(name, CRUMPLE_MEMBER_CORE) != 0)
        error = bundle_next(reader, &name, &size);
    while (error == 0 && n > 0) {
        n = bundle_read(reader, block, sizeof block);
        error = n < 0 ? (int)n : write_all(fd, block, (size_t)n);
    }
    return error;
}
