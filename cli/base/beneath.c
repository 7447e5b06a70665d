/* SPDX-License-Identifier: MIT */
/*
 * One name after the other, each relative to the descriptor of the directory before it, following no link. Where a name is a link, its
 * target takes its place in the path, and the walk begins anew; '..' takes away the name before it, which is then known to be no link.
 */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TURNS_MAX 64      /* links and '..' of one path; the kernel follows 40 links */
#define AGAIN     INT_MIN /* the path was changed: no errno is it */

/* Puts middle between the first 'kept' bytes of the path and 'rest', a part of it. Returns AGAIN. */
static int change(char path[static PATH_MAX], size_t kept, const char *middle, const char *rest)
{
    char changed[PATH_MAX];
    int n = snprintf(changed, sizeof changed, "%.*s%s/%s", (int)kept, path, middle, rest);

    if (n < 0 || n >= (int)sizeof changed)
        return -ENAMETOOLONG;
    memcpy(path, changed, (size_t)n + 1);
    return AGAIN;
}

static int follow(int link, char path[static PATH_MAX], size_t kept, const char *rest)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(link, "", target, sizeof target);

    if (n < 0 || n == (ssize_t)sizeof target)
        return n < 0 ? -errno : -ENAMETOOLONG;
    target[n] = '\0';
    return target[0] == '/' ? -EXDEV : change(path, kept, target, rest);
}

/* What is held may have been replaced. */
static int open_file(int directory, const char *name)
{
    struct stat status;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    return -EINVAL;
}

/* A walk from the directory on. */
struct walk {
    char path[PATH_MAX];
    int at;        /* the directory so far */
    size_t before; /* where the name of it begins in the path; SIZE_MAX: it is the first one */
};

/* What follows slashes and '.' parts. */
static const char *next_name(const char *path)
{
    while (*path == '/' || (path[0] == '.' && (path[1] == '/' || !path[1])))
        path++;
    return path;
}

/* Goes on by the name at begin. Returns 0, AGAIN where the path was changed, or a negative errno; the descriptor of the file, where the
 * path ends. */
static int step(struct walk *walk, size_t begin, size_t len)
{
    const char *rest = next_name(walk->path + begin + len);
    char name[NAME_MAX + 1];
    struct stat status;

    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    snprintf(name, sizeof name, "%.*s", (int)len, walk->path + begin);
    if (strcmp(name, "..") == 0)
        return walk->before == SIZE_MAX ? -EXDEV : change(walk->path, walk->before, "", rest);
    int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int result = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;

    if (result == 0 && S_ISLNK(status.st_mode))
        result = follow(fd, walk->path, begin, rest);
    else if (result == 0 && !*rest)
        result = S_ISREG(status.st_mode) ? open_file(walk->at, name) : -EINVAL;
    else if (result == 0) { /* the next openat says if it is no directory */
        const int above = walk->at;

        walk->at = fd;
        walk->before = begin;
        fd = above;
    }
    if (fd >= 0)
        close(fd);
    return result;
}

/* Returns a descriptor, AGAIN or a negative errno. */
static int go(int directory, struct walk *walk)
{
    const char *name = next_name(walk->path);
    int result = 0;

    walk->before = SIZE_MAX;
    walk->at = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    if (walk->at < 0)
        return -errno;
    if (!*name)
        result = -EINVAL;
    while (result == 0) {
        const size_t len = strcspn(name, "/");

        result = step(walk, (size_t)(name - walk->path), len);
        if (result == 0)
            name = next_name(name + len);
    }
    close(walk->at);
    return result;
}

int beneath_open(int directory, const char *path)
{
    struct walk walk;
    int result = AGAIN;

    if (path[0] == '/')
        return -EXDEV;
    if (snprintf(walk.path, sizeof walk.path, "%s", path) >= (int)sizeof walk.path)
        return -ENAMETOOLONG;
    for (int turn = 0; turn < TURNS_MAX && result == AGAIN; turn++)
        result = go(directory, &walk);
    return result == AGAIN ? -ELOOP : result;
}
