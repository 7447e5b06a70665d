/* SPDX-License-Identifier: MIT */
#include "bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "crash/secrets.h"
#include "crumple_format.h"
#include "rename_new.h"
#include "report/fallback.h"
#include "report/json.h"
#include "report/secrets.h"
#include "report/text.h"
#include "base/stages.h"
#include "tar.h"

#define REPORT_BUFFER   ((size_t)128 << 10)
#define BUNDLE_NUMBERED 100 /* names that are tried when a bundle is already there */

/* The type of the functions that append a report to a buffer. */
typedef void report_writer(const struct crash *crash, struct buffer *out);

/* Whatever is given to the disk, packed or not, is a stage of its own; a report is made around it. */
static void begin_writing(void)
{
    if (!stage_begin(STAGE_PACK))
        (void)stage_begin(STAGE_FILE);
}

static int sink_of_report(void *stream, const char *bytes, size_t size)
{
    const enum stage outer = stage_current();
    begin_writing();
    int error = pack_stream_write(stream, bytes, size);
    (void)stage_begin(outer);
    return error;
}

static int stream_report(struct pack_stream *stream, const char *name, uint64_t size,
                         const struct crash *crash, report_writer *write)
{
    static const char zeros[TAR_BLOCK];
    uint8_t header[TAR_BLOCK];
    struct buffer out;
    int error = tar_header(name, size, crash->notes.time_ns / 1000000000, header);
    if (!error)
        error = pack_stream_write(stream, (const char *)header, sizeof header);
    if (error)
        return error;
    error = buffer_open_sink(&out, REPORT_BUFFER, sink_of_report, stream);
    if (!error) {
        write(crash, &out);
        error = buffer_flush(&out);
    }
    buffer_release(&out);
    if (!error)
        error = pack_stream_write(stream, zeros, tar_padding(size));
    return error ? error : pack_stream_close(stream);
}

/*
 * A report is a member in a frame of its own. It is made twice, first to know its size: that is cheaper than
 * to keep it, for a report of a thousand threads is megabytes, and fresh memory is what costs.
 */
static int write_report(int fd, const char *name, const struct crash *crash, report_writer *write)
{
    struct buffer counter;
    struct pack_stream stream;
    int error = buffer_open_sink(&counter, REPORT_BUFFER, NULL, NULL);
    if (!error) {
        write(crash, &counter);
        error = buffer_flush(&counter);
    }
    uint64_t size = counter.flushed;
    buffer_release(&counter);
    if (error)
        return error;
    error = size > CRUMPLE_MAX_REPORT ? -E2BIG : 0;
    if (!error)
        error = pack_stream_open(&stream, fd, TAR_BLOCK + size + tar_padding(size));
    if (!error)
        error = stream_report(&stream, name, size, crash, write);
    if (size <= CRUMPLE_MAX_REPORT)
        pack_stream_release(&stream);
    return error;
}

static int write_archive(int fd, struct crash *crash, struct pack *rest)
{
    /* From here on the report says the same each time it is made. */
    crash->report_us = crash_elapsed_us(crash);
    int error = write_report(fd, CRUMPLE_MEMBER_REPORT, crash,
                             stage_begin(STAGE_REPORT) ? report_json_write : fallback_report);
    if (!error && stage_begin(STAGE_TEXT))
        error = write_report(fd, CRUMPLE_MEMBER_TEXT, crash, report_text_write);
    if (!error && crash_has_secrets(crash))
        error = write_report(fd, CRUMPLE_MEMBER_SECRETS, crash, secrets_write);
    begin_writing();
    if (!error)
        error = pack_finish(rest);
    return error ? error : pack_write(rest, fd);
}

static int open_temporary(int directory, const char *name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(directory, name, flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        /* Whoever has the core locked is the only writer of this name: what lies there was left by a killed
         * one. */
        (void)unlinkat(directory, name, 0);
        fd = openat(directory, name, flags, 0600);
    }
    return fd < 0 ? -errno : fd;
}

static int rename_numbered(int directory, const char *from, const char *name, char *ret_name,
                           size_t name_size)
{
    int error = -EEXIST;
    for (unsigned number = 0; number < BUNDLE_NUMBERED && error == -EEXIST; number++) {
        if (number == 0)
            snprintf(ret_name, name_size, "%s%s", name, CRUMPLE_BUNDLE_SUFFIX);
        else
            snprintf(ret_name, name_size, "%s.%u%s", name, number, CRUMPLE_BUNDLE_SUFFIX);
        error = rename_new(directory, from, ret_name);
    }
    return error;
}

static int sync_directory(int directory)
{
    /* Some file systems do not sync directories, and say so. */
    return fsync(directory) < 0 && errno != EINVAL && errno != EROFS && errno != EBADF ? -errno : 0;
}

int bundle_write(int directory, struct crash *crash, struct pack *rest, char *ret_name, size_t name_size)
{
    char temporary[NAME_MAX + 1];
    if (snprintf(temporary, sizeof temporary, ".%s%s%s", crash->name, CRUMPLE_BUNDLE_SUFFIX,
                 CRUMPLE_TEMP_SUFFIX) >= (int)sizeof temporary)
        return -ENAMETOOLONG;
    (void)stage_begin(STAGE_FILE);
    int fd = open_temporary(directory, temporary);
    if (fd < 0)
        return fd;
    int error = write_archive(fd, crash, rest);
    const bool is_synced = !error && stage_begin(STAGE_SYNC);
    if (is_synced && fsync(fd) < 0)
        error = -errno;
    if (close(fd) < 0 && !error)
        error = -errno;
    if (!error)
        error = rename_numbered(directory, temporary, crash->name, ret_name, name_size);
    if (error)
        (void)unlinkat(directory, temporary, 0);
    return error || !is_synced ? error : sync_directory(directory);
}
