/* SPDX-License-Identifier: MIT */
#include "directory/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_BASE    "/var/crash/crumple"
#define FALLBACK_PREFIX "crumple-"

static const char *base_path(const char *named)
{
    return named[0] ? named : DEFAULT_BASE;
}

static const char *fallback_path(void)
{
    const char *path = getenv("TMPDIR");
    return path && path[0] == '/' ? path : "/tmp";
}

/* Users that the server becomes have their folders in it: they may enter. Of what was opened, not of what the name leads
 * to by now. */
static void let_users_enter(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == geteuid())
        (void)fchmod(fd, 0711);
    if (fd >= 0)
        (void)close(fd);
}

/* mkdir -p */
static int make_base(const char *path)
{
    char part[PATH_MAX];
    for (const char *at = path; *at;) {
        at += strspn(at, "/");
        at += strcspn(at, "/");
        const bool is_last = !at[strspn(at, "/")];
        if (snprintf(part, sizeof part, "%.*s", (int)(at - path), path) >= (int)sizeof part)
            return -ENAMETOOLONG;
        if (mkdir(part, 0755) == 0) {
            if (is_last)
                let_users_enter(part);
        } else if (errno != EEXIST && access(part, F_OK) < 0) {
            return -errno;
        }
        if (is_last)
            break;
    }
    return 0;
}

/* Who may add to it could lay a folder or a link there; who may replace names in it could swap folders. */
static int check_base(int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return -EPERM;
    return (status.st_mode & 022) && !(status.st_mode & S_ISVTX) ? -EPERM : 0;
}

static int open_private(int base, const char *name)
{
    struct stat status;
    const bool is_new = mkdirat(base, name, 0700) == 0;
    const int made = is_new ? 0 : -errno;
    int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT && !is_new ? made : -errno;
    int error = fstat(fd, &status) < 0                                       ? -errno
                : status.st_uid != geteuid() || (status.st_mode & 022)       ? -EPERM
                : is_new && fchmod(fd, 0700) < 0 /* whatever the umask is */ ? -errno
                                                                             : 0;
    if (!error)
        return fd;
    (void)close(fd);
    return error;
}

/* The fallback is not judged: it is TMPDIR, as programs use it. */
static int open_in(const char *path, const char *prefix, bool is_judged, char ret_name[PATH_MAX])
{
    char name[32];
    snprintf(name, sizeof name, "%s%u", prefix, (unsigned)geteuid());
    if (snprintf(ret_name, PATH_MAX, "%s/%s", path, name) >= PATH_MAX)
        return -ENAMETOOLONG;
    int base = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (base < 0)
        return -errno;
    int fd = is_judged ? check_base(base) : 0;
    if (fd == 0)
        fd = open_private(base, name);
    (void)close(base);
    return fd;
}

int directory_open(const char *named, char ret_name[PATH_MAX])
{
    const char *path = base_path(named);
    int error = open_in(path, "", true, ret_name);
    if (error == -ENOENT && (error = make_base(path)) == 0)
        error = open_in(path, "", true, ret_name);
    if (error >= 0)
        return error;
    int fd = open_in(fallback_path(), FALLBACK_PREFIX, false, ret_name);
    return fd < 0 ? error : fd;
}

static bool is_folder(const char *name, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 && name[n] && !name[n + strspn(name + n, "0123456789")];
}

/* One folder for each user, and his: anybody may make names in TMPDIR, and would let us look for long. */
static bool is_of_owner(int fd, const char *number)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_uid == strtoul(number, NULL, 10);
}

static bool visit_folder(int base, const char *name, const char *prefix, bool (*visit)(int, void *),
                         void *context)
{
    int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_done = fd >= 0 && is_of_owner(fd, name + strlen(prefix)) && visit(fd, context);
    if (fd >= 0)
        (void)close(fd);
    return is_done;
}

/* Only root may list a base of mode 0711; the folder of its own each user can open. */
static bool visit_in(const char *path, const char *prefix, bool (*visit)(int, void *), void *context)
{
    char own[32];
    snprintf(own, sizeof own, "%s%u", prefix, (unsigned)geteuid());
    int place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place < 0)
        return false;
    bool is_done = visit_folder(place, own, prefix, visit, context);
    DIR *base = opendir(path);
    for (struct dirent *entry; base && !is_done && (entry = readdir(base));)
        if (is_folder(entry->d_name, prefix) && strcmp(entry->d_name, own) != 0)
            is_done = visit_folder(place, entry->d_name, prefix, visit, context);
    if (base)
        (void)closedir(base);
    (void)close(place);
    return is_done;
}

bool directory_visit(const char *named, bool (*visit)(int directory, void *context), void *context)
{
    return visit_in(base_path(named), "", visit, context) ||
           visit_in(fallback_path(), FALLBACK_PREFIX, visit, context);
}
