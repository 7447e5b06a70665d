/* SPDX-License-Identifier: MIT */
/* Looking through a crash directory: see read/find.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "read/find.h"
#include "base/time.h"

#define SCAN_FLAGS  (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)
#define FOREIGN_MAX 1000 /* files of a directory */
#define TIME_LENGTH 23   /* YYYYMMDDThhmmss.uuuuuuZ */

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n > m && strcmp(name + n - m, suffix) == 0;
}

static bool is_all_digits(const char *name)
{
    return *name && name[strspn(name, "0123456789")] == '\0';
}

/* Take time, exe and pid from NAME, where it has the form that crumple gives it. */
static int parse_id(struct find_entry *entry)
{
    const char *exe = entry->id + TIME_LENGTH + 1, *dash = strrchr(entry->id, '-');

    if (when_parse_name(entry->id, &entry->time_us) < 0 || entry->id[TIME_LENGTH] != '-' || !dash ||
        dash < exe)
        return -EINVAL;
    size_t len = (size_t)(dash - exe);
    if (len > CRUMPLE_NAME_EXE || !is_all_digits(dash + 1) || strlen(dash + 1) > 10)
        return -EINVAL;
    memcpy(entry->exe, exe, len);
    entry->pid = strtoll(dash + 1, NULL, 10);
    return 0;
}

static char *path_of(const char *dir, const char *name)
{
    char *path;

    return asprintf(&path, "%s%s%s", dir, ends_with(dir, "/") ? "" : "/", name) < 0 ? NULL : path;
}

static int fill_entry(struct find_entry *entry, int dirfd, const char *dir, const char *name, size_t suffix)
{
    struct stat st;

    entry->path = path_of(dir, name);
    if (!entry->path)
        return -ENOMEM;
    entry->id = strndup(name, strlen(name) - suffix);
    if (!entry->id)
        return -ENOMEM;
    entry->pid = -1;
    if (parse_id(entry) < 0) {
        entry->exe[0] = '\0';
        if (fstatat(dirfd, name, &st, 0) == 0)
            entry->time_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
    }
    return 0;
}

static int add_entry(struct find_list *list, int dirfd, const char *dir, const char *name)
{
    struct find_entry entry = {0};
    size_t suffix;

    if (ends_with(name, CRUMPLE_BUNDLE_SUFFIX)) {
        suffix = strlen(CRUMPLE_BUNDLE_SUFFIX);
    } else if (ends_with(name, CRUMPLE_CORE_SUFFIX)) {
        entry.kind = FIND_PENDING;
        suffix = strlen(CRUMPLE_CORE_SUFFIX);
    } else {
        return 0;
    }
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        struct find_entry *grown = reallocarray(list->entries, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        list->entries = grown;
        list->room = room;
    }
    int error = fill_entry(&entry, dirfd, dir, name, suffix);
    list->entries[list->count++] = entry; /* even where it failed: find_clear frees it */
    return error;
}

/* Appends a path, which becomes the list's; NULL: memory was short. */
static int add_path(char ***paths, size_t *count, char *path)
{
    char **grown = path ? reallocarray(*paths, *count + 1, sizeof *grown) : NULL;

    if (!grown) {
        free(path);
        return -ENOMEM;
    }
    *paths = grown;
    grown[(*count)++] = path;
    return 0;
}

static bool is_foreign(const char *name)
{
    return ends_with(name, CRUMPLE_LINES_SUFFIX) && name[0] != '.' && strcmp(name, CRUMPLE_INDEX_NAME) != 0;
}

/* Add the files of one directory, which fd is (closed here); with depth, look into its per-user directories
 * too. */
static int scan_level(int fd, const char *path, int depth, find_trouble *trouble, void *context,
                      struct find_list *list)
{
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *file;
    int error = 0;

    if (!dir)
        return -errno;
    error = add_path(&list->dirs, &list->dir_count, strdup(path));
    while (error == 0 && (errno = 0, file = readdir(dir)) != NULL) {
        char *below;

        if (is_foreign(file->d_name)) {
            if (list->foreign_count < FOREIGN_MAX)
                error = add_path(&list->foreign, &list->foreign_count, path_of(path, file->d_name));
        } else if (!is_all_digits(file->d_name)) {
            error = add_entry(list, dirfd(dir), path, file->d_name);
        } else if (depth > 0) {
            below = path_of(path, file->d_name);
            if (!below) {
                error = -ENOMEM;
                break;
            }
            error = scan_level(openat(dirfd(dir), file->d_name, SCAN_FLAGS | O_NOFOLLOW), below, depth - 1,
                               trouble, context, list);
            if (error < 0 && error != -ENOMEM) {
                if (error != -ENOTDIR || file->d_type == DT_LNK)
                    trouble(below, -error, context);
                error = 0;
            }
            free(below);
        }
    }
    if (error == 0 && errno != 0)
        trouble(path, errno, context);
    closedir(dir);
    return error;
}

static int compare_entries(const void *a, const void *b)
{
    const struct find_entry *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return strcmp(x->path, y->path);
}

static int scan(const char *dir, int depth, find_trouble *trouble, void *context, struct find_list *list)
{
    int error = scan_level(open(dir, SCAN_FLAGS), dir, depth, trouble, context, list);

    if (list->count > 1)
        qsort(list->entries, list->count, sizeof list->entries[0], compare_entries);
    return error;
}

int find_scan(const char *dir, find_trouble *trouble, void *context, struct find_list *list)
{
    return scan(dir, 1, trouble, context, list);
}

int find_scan_flat(const char *dir, find_trouble *trouble, void *context, struct find_list *list)
{
    return scan(dir, 0, trouble, context, list);
}

int find_file(const char *path, struct find_list *list)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int error = !dir ? -ENOMEM : fd < 0 ? -errno : 0;

    if (!error)
        error = ends_with(name, CRUMPLE_LINES_SUFFIX)
                    ? add_path(&list->foreign, &list->foreign_count, strdup(path))
                    : add_entry(list, fd, dir, name);
    if (fd >= 0)
        close(fd);
    free(dir);
    return error ? error : list->count + list->foreign_count ? 0 : -ENOTDIR;
}

void find_clear(struct find_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].path);
        free(list->entries[i].id);
    }
    for (size_t i = 0; i < list->dir_count; i++)
        free(list->dirs[i]);
    for (size_t i = 0; i < list->foreign_count; i++)
        free(list->foreign[i]);
    free(list->dirs);
    free(list->foreign);
    free(list->entries);
    *list = (struct find_list){0};
}

int find_default_dir(char **ret_dir, bool *ret_implied)
{
    const char *named = getenv("CRUMPLE_DIR"), *tmp = getenv("TMPDIR");
    struct stat st;
    char *dir;

    *ret_implied = false;
    if ((named && *named) || access(FIND_SYSTEM_DIR, F_OK) == 0) {
        *ret_dir = strdup(named && *named ? named : FIND_SYSTEM_DIR);
        return *ret_dir ? 0 : -ENOMEM;
    }
    if (asprintf(&dir, "%s/crumple-%u", tmp && *tmp ? tmp : "/tmp", (unsigned)geteuid()) < 0)
        return -ENOMEM;
    *ret_dir = dir;
    *ret_implied = true;
    /* anybody can make that name in /tmp first: then what lies there is not ours */
    return lstat(dir, &st) == 0 && st.st_uid != geteuid() ? -EPERM : 0;
}

/* Without /proc (a bare root): open the path a second time, and take the file only if it is the one looked
 * at.
 */
static int open_again(const char *path, int flags, const struct stat *wanted)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino)
        return fd;
    close(fd);
    return -EINVAL;
}

/* A regular file, and none of those that the kernel makes up: to read /proc/kmsg or trace_pipe waits, and
 * takes the lines away from their reader. */
static bool is_plain(int held, struct stat *ret_st)
{
    struct statfs fs;

    return fstat(held, ret_st) == 0 && S_ISREG(ret_st->st_mode) &&
           (fstatfs(held, &fs) < 0 || (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != TRACEFS_MAGIC &&
                                       fs.f_type != DEBUGFS_MAGIC && fs.f_type != SYSFS_MAGIC));
}

int find_open_regular(const char *path, int flags)
{
    char self[32];
    struct stat st;
    int held = open(path, O_PATH | O_CLOEXEC | flags);

    if (held < 0)
        return -errno;
    if (!is_plain(held, &st)) {
        close(held);
        return -EINVAL;
    }
    snprintf(self, sizeof self, "/proc/self/fd/%d", held);
    /* O_NONBLOCK: the file's owner may hold a lease on it, for which an open waits 45 s. */
    int fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    fd = fd < 0 && errno == ENOENT ? open_again(path, flags, &st) : fd < 0 ? -errno : fd;
    close(held);
    return fd;
}
