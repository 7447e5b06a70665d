/* SPDX-License-Identifier: MIT */
#include "facts/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program_root.h"

#define BYTES_MAX ((size_t)1 << 20)

int place_open(int root, const char *path, int flags)
{
    int fd = program_root_open(root, path, flags);
    if (fd == -ENOSYS || fd == -EPERM) {
        path += strspn(path, "/");
        fd = openat(root, *path ? path : ".", flags | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    }
    return fd;
}

int place_stat(int root, const char *path, struct stat *ret)
{
    int fd = place_open(root, path, O_PATH);
    if (fd < 0)
        return fd;
    int error = fstat(fd, ret) < 0 ? -errno : 0;
    (void)close(fd);
    return error;
}

/* NULL, and errno is set, unless all of it could be read. */
static char *read_all(int fd, size_t *ret_size)
{
    size_t used = 0, room = 4096;
    char *text = malloc(room), *grown;
    while (text && used < BYTES_MAX) {
        ssize_t got = read(fd, text + used, room - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        used += (size_t)got;
        text[used] = '\0';
        if (got == 0) {
            if (ret_size)
                *ret_size = used;
            return text;
        }
        if (room - used > 1)
            continue;
        grown = realloc(text, room * 2);
        if (!grown)
            break;
        text = grown;
        room *= 2;
    }
    if (used >= BYTES_MAX)
        errno = EFBIG;
    free(text);
    return NULL;
}

char *place_read(int root, size_t *ret_size, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(path, sizeof path, format, args);
    va_end(args);
    int fd = n < (int)sizeof path ? place_open(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK) : -ENAMETOOLONG;
    if (fd < 0) {
        errno = -fd;
        return NULL;
    }
    char *text = read_all(fd, ret_size);
    int error = errno;
    (void)close(fd);
    errno = error;
    return text;
}
