/* SPDX-License-Identifier: MIT */
/* Members as files: see rewrite/members.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crumple_format.h"
#include "rename_new.h"
#include "rewrite/members.h"

#define NAME_BYTES 128 /* as the header says */
#define TEMPORARY  ".tmp"
#define BLOCK      65536

/* A bundle is a stranger's: no path out of the folder, no hidden file, nothing that a terminal or a shell takes for more than a
 * name. */
static bool is_name(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name[0] && name[0] != '.' && name[0] != '-' && name[strspn(name, plain)] == '\0' &&
           strlen(name) + strlen(TEMPORARY) < NAME_BYTES;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

/* The bytes of the report have been read, those of any other member are read now. */
static int fill(struct bundle_reader *reader, int fd, const char *text, size_t len)
{
    char block[BLOCK];
    int64_t n = 1;
    int error = text ? write_all(fd, text, len) : 0;

    while (!text && error == 0 && n > 0) {
        n = bundle_read(reader, block, sizeof block);
        error = n < 0 ? (int)n : write_all(fd, block, (size_t)n);
    }
    return error;
}

static int make_file(struct bundle_reader *reader, int folder, const char *name, const char *text, size_t len)
{
    char made[NAME_BYTES + sizeof TEMPORARY];

    if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST; /* before a core is unpacked for nothing */
    snprintf(made, sizeof made, "%s" TEMPORARY, name);
    int fd = openat(folder, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int error = fill(reader, fd, text, len);
    if (close(fd) < 0 && !error)
        error = -errno;
    if (!error)
        error = rename_new(folder, made, name);
    if (error)
        unlinkat(folder, made, 0);
    return error;
}

int members_extract(struct bundle_reader *reader, int folder, members_made *made, void *context,
                    char ret_name[static NAME_BYTES], const char **ret_reason)
{
    const char *text = NULL, *name = CRUMPLE_MEMBER_REPORT;
    uint64_t size;
    size_t len = 0;
    bool complete;

    ret_name[0] = '\0';
    *ret_reason = NULL;
    int error = bundle_read_report(reader, SIZE_MAX, &text, &len, &complete);
    while (error == 0) {
        if (!is_name(name)) {
            *ret_reason = "the name of one of its members is not a plain one";
            return -EBADMSG;
        }
        snprintf(ret_name, NAME_BYTES, "%s", name);
        error = make_file(reader, folder, ret_name, text, len);
        if (error == 0) {
            made(ret_name, context);
            ret_name[0] = '\0';
            text = NULL;
            error = bundle_next(reader, &name, &size);
        }
    }
    return error == -ENODATA ? 0 : error;
}
