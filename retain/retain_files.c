/* SPDX-License-Identifier: MIT */
/* Looking through a crash directory: see retain_files.h. */
#include "retain_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"

#define SPARED_S     86400 /* a core: its writer may come yet */
#define AT_WORK_S    600   /* a temporary file: no capture and no writer takes so long (CRUMPLE_TIMEOUT) */
#define TIME_PATTERN "########T######.######Z-"

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), size = strlen(ending);
    return length > size && strcmp(name + length - size, ending) == 0;
}

/* Of YYYYMMDDThhmmss.uuuuuuZ-EXE-PID, the part that no other file has. */
static bool has_time(const char *name)
{
    for (const char *at = TIME_PATTERN; *at; at++, name++)
        if (*at == '#' ? *name < '0' || *name > '9' : *name != *at)
            return false;
    return true;
}

/* Names that crumple makes have none. */
static bool has_control(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == 127)
            return true;
    return false;
}

static bool kind_of(const char *name, enum retain_kind *ret_kind)
{
    if (has_control(name))
        return false;
    if (name[0] == '.' && has_time(name + 1) && ends_with(name, CRUMPLE_TEMP_SUFFIX))
        *ret_kind = RETAIN_LEFT_OVER;
    else if (has_time(name) && ends_with(name, CRUMPLE_TEMP_SUFFIX))
        *ret_kind = RETAIN_LEFT_OVER;
    else if (strncmp(name, CRUMPLE_DUMP_PREFIX, sizeof CRUMPLE_DUMP_PREFIX - 1) == 0)
        *ret_kind = RETAIN_LEFT_OVER; /* who asked was killed */
    else if (has_time(name) && ends_with(name, CRUMPLE_BUNDLE_SUFFIX))
        *ret_kind = RETAIN_BUNDLE;
    else if (has_time(name) && ends_with(name, CRUMPLE_CORE_SUFFIX))
        *ret_kind = RETAIN_PENDING;
    else
        return false;
    return true;
}

/* Whether a writer has the lock of a core. */
static bool is_locked(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        (void)close(fd);
    return locked;
}

/* The core of which a left-over was to be the bundle is locked: its writer is at work, or stopped. */
static bool is_at_work(int directory, const char *name)
{
    static const char ending[] = CRUMPLE_BUNDLE_SUFFIX CRUMPLE_TEMP_SUFFIX;
    char core[NAME_MAX + 1];
    if (name[0] != '.' || !ends_with(name, ending))
        return false;
    int length = snprintf(core, sizeof core, "%.*s%s", (int)(strlen(name) - sizeof ending), name + 1,
                          CRUMPLE_CORE_SUFFIX);
    return length < (int)sizeof core && is_locked(directory, core);
}

/* A time in the future is one of a clock that was set back since: it says nothing. */
static bool is_young(const struct stat *status, time_t limit)
{
    time_t age = time(NULL) - status->st_mtime;
    return age < limit && age > -limit;
}

/* What may come to an end by itself yet. */
static bool is_unfinished(int directory, const struct retain_file *file, const char *name,
                          const struct stat *status)
{
    if (file->kind == RETAIN_PENDING)
        return is_young(status, SPARED_S) || is_locked(directory, name);
    return file->kind == RETAIN_LEFT_OVER && (is_young(status, AT_WORK_S) || is_at_work(directory, name));
}

/* Root looks after the files of the directory's owner, and everybody else after their own. */
static bool is_own(const struct stat *file, uid_t owner)
{
    const uid_t caller = geteuid();
    return file->st_uid == caller || (caller == 0 && file->st_uid == owner);
}

static int add_file(struct retain_files *files, int directory, uid_t owner, const char *name)
{
    struct retain_file file = {0};
    struct stat status;
    if (!kind_of(name, &file.kind) || fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISREG(status.st_mode) || !is_own(&status, owner))
        return 0;
    file.bytes = (uint64_t)status.st_size;
    file.disk_bytes =
        status.st_nlink > 1 ? 0 : (uint64_t)status.st_blocks * 512; /* another name keeps the bytes */
    file.is_spared = is_unfinished(directory, &file, name, &status);
    if (files->count == files->room) {
        size_t room = files->room ? files->room * 2 : 64;
        struct retain_file *grown = realloc(files->items, room * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        files->items = grown;
        files->room = room;
    }
    file.name = strdup(name);
    if (!file.name)
        return -ENOMEM;
    files->items[files->count++] = file;
    return 0;
}

/* Names sort by time; a left-over has a dot before it. */
static int compare_files(const void *a, const void *b)
{
    const char *x = ((const struct retain_file *)a)->name, *y = ((const struct retain_file *)b)->name;
    return strcmp(x + (*x == '.'), y + (*y == '.'));
}

struct retain_file *retain_find(const struct retain_files *files, const char *name)
{
    const struct retain_file wanted = {.name = (char *)name};
    struct retain_file *found =
        files->count ? bsearch(&wanted, files->items, files->count, sizeof wanted, compare_files) : NULL;
    return found && strcmp(found->name, name) == 0 ? found : NULL;
}

void retain_release(struct retain_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].name);
    free(files->items);
    *files = (struct retain_files){0};
}

int retain_scan(int directory, struct retain_files *ret_files)
{
    *ret_files = (struct retain_files){0};
    struct stat status;
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 || fstat(fd, &status) < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int error = -errno;
        if (fd >= 0)
            (void)close(fd);
        return error;
    }
    int error = 0;
    for (const struct dirent *entry; !error && ret_files->count < RETAIN_FILES_MAX && (entry = readdir(dir));)
        error = add_file(ret_files, directory, status.st_uid, entry->d_name);
    (void)closedir(dir);
    if (ret_files->count)
        qsort(ret_files->items, ret_files->count, sizeof ret_files->items[0], compare_files);
    return error;
}
