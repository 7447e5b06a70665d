/* SPDX-License-Identifier: MIT */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"
#include "report_text.h"
#include "tar_zstd.h"

#define BUNDLE_LEVEL    3 /* docs/decisions/0011-archive.md has the measurements */
#define BUNDLE_MEMBERS  8
#define BUNDLE_NUMBERED 100 /* names that are tried when a bundle is already there */

struct member {
    const char *name;
    const void *bytes;
    size_t size;
};

/* environ for people: a variable a line. */
static void add_environ(struct core_span environ_note, struct buffer *out)
{
    const char *at = (const char *)environ_note.bytes, *end = at + environ_note.size;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\0', (size_t)(end - at));
        next = next ? next : end;
        if (next == at)
            continue;
        buffer_add_clean(out, at, (size_t)(next - at));
        buffer_add_char(out, '\n');
    }
}

static size_t list_members(const struct crash *crash, const struct buffer *text,
                           const struct buffer *environment, struct member *ret_members)
{
    const struct notes *notes = &crash->notes;
    const struct member all[] = {
        {CRUMPLE_MEMBER_TEXT, text->data, text->size},
        {CRUMPLE_MEMBER_CORE, crash->core.base, crash->core.size},
        {CRUMPLE_MEMBER_MAPS, notes->maps.bytes, notes->maps.size},
        {CRUMPLE_MEMBER_STATUS, notes->status.bytes, notes->status.size},
        {CRUMPLE_MEMBER_LIMITS, notes->limits.bytes, notes->limits.size},
        {CRUMPLE_MEMBER_CGROUP, notes->cgroup.bytes, notes->cgroup.size},
        {CRUMPLE_MEMBER_ENVIRON, environment->data, environment->size},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].size)
            ret_members[count++] = all[i];
    return count;
}

static int write_frame(struct archive *archive, const struct member *members, size_t count, int is_last)
{
    size_t sizes[BUNDLE_MEMBERS] = {0};
    for (size_t i = 0; i < count; i++)
        sizes[i] = members[i].size;
    int error = archive_begin_frame(archive, sizes, count, is_last);
    for (size_t i = 0; i < count && !error; i++)
        error = archive_add(archive, members[i].name, members[i].bytes, members[i].size);
    return error ? error : archive_end_frame(archive, is_last);
}

static int write_archive(int fd, const struct crash *crash, const struct buffer *report)
{
    struct archive archive;
    struct member members[BUNDLE_MEMBERS];
    struct buffer text = {0}, environment = {0};
    int error = archive_open(fd, BUNDLE_LEVEL, crash->notes.time_ns / 1000000000, &archive);
    if (error)
        return error;
    report_text_write(crash, &text);
    add_environ(crash->notes.environ, &environment);
    size_t count = list_members(crash, &text, &environment, members);
    if (text.failed || environment.failed)
        error = -ENOMEM;
    if (!error)
        error =
            write_frame(&archive, &(struct member){CRUMPLE_MEMBER_REPORT, report->data, report->size}, 1, 0);
    if (!error)
        error = write_frame(&archive, members, count, 1);
    buffer_release(&text);
    buffer_release(&environment);
    archive_release(&archive);
    return error;
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

/* Gives a complete file its name unless that name is taken. Returns 0 or a negative errno. */
static int rename_new(int directory, const char *from, const char *to)
{
    if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    /* A file system, or a kernel, without the flag: a hard link does not replace either. */
    if (linkat(directory, from, directory, to, 0) < 0)
        return -errno;
    (void)unlinkat(directory, from, 0);
    return 0;
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

int bundle_write(int directory, const struct crash *crash, const struct buffer *report, char *ret_name,
                 size_t name_size)
{
    char temporary[NAME_MAX + 1];
    if (snprintf(temporary, sizeof temporary, ".%s%s%s", crash->name, CRUMPLE_BUNDLE_SUFFIX,
                 CRUMPLE_TEMP_SUFFIX) >= (int)sizeof temporary)
        return -ENAMETOOLONG;
    int fd = open_temporary(directory, temporary);
    if (fd < 0)
        return fd;
    int error = write_archive(fd, crash, report);
    if (!error && fsync(fd) < 0)
        error = -errno;
    if (close(fd) < 0 && !error)
        error = -errno;
    if (!error)
        error = rename_numbered(directory, temporary, crash->name, ret_name, name_size);
    if (error)
        (void)unlinkat(directory, temporary, 0);
    return error ? error : sync_directory(directory);
}
