/* SPDX-License-Identifier: MIT */
#include "ledger/prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "date.h"
#include "base/json.h"
#include "ledger/log.h"
#include "ledger/upkeep.h"

#define LOCK_TRIES   250   /* times 2 ms */
#define SPARED_S     86400 /* a core: its writer may come yet */
#define AT_WORK_S    600   /* a temporary file: no capture and no writer takes so long (CRUMPLE_TIMEOUT) */
#define BATCH        500   /* files named in one append, and then deleted */
#define DELETED_MAX  2000  /* deleted beyond a number or a size, by one writer: the next crash's goes on */
#define LOOKS_MAX    4     /* at the free space: others write to the disk, too */
#define TIME_PATTERN "########T######.######Z-"

enum file_kind { BUNDLE, PENDING, LEFT_OVER };

struct file {
    char *name; /* owned */
    enum file_kind kind;
    uint64_t bytes, disk_bytes;
    bool is_spared, is_doomed;
    const char *reason; /* of the doomed */
};

struct files {
    struct file *items; /* owned; the oldest first */
    size_t count, room;
};

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

static bool kind_of(const char *name, enum file_kind *ret_kind)
{
    if (name[0] == '.' && has_time(name + 1) && ends_with(name, CRUMPLE_TEMP_SUFFIX))
        *ret_kind = LEFT_OVER;
    else if (has_time(name) && ends_with(name, CRUMPLE_TEMP_SUFFIX))
        *ret_kind = LEFT_OVER;
    else if (strncmp(name, CRUMPLE_DUMP_PREFIX, sizeof CRUMPLE_DUMP_PREFIX - 1) == 0)
        *ret_kind = LEFT_OVER; /* who asked was killed */
    else if (has_time(name) && ends_with(name, CRUMPLE_BUNDLE_SUFFIX))
        *ret_kind = BUNDLE;
    else if (has_time(name) && ends_with(name, CRUMPLE_CORE_SUFFIX))
        *ret_kind = PENDING;
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
static bool is_unfinished(int directory, const struct file *file, const char *name, const struct stat *status)
{
    if (file->kind == PENDING)
        return is_young(status, SPARED_S) || is_locked(directory, name);
    return file->kind == LEFT_OVER && (is_young(status, AT_WORK_S) || is_at_work(directory, name));
}

static int add_file(struct files *files, int directory, const char *name, const char *spare)
{
    struct file file = {0};
    struct stat status;
    if (!kind_of(name, &file.kind) || fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISREG(status.st_mode))
        return 0;
    file.bytes = (uint64_t)status.st_size;
    file.disk_bytes = (uint64_t)status.st_blocks * 512;
    file.is_spared = (spare && strcmp(name, spare) == 0) || is_unfinished(directory, &file, name, &status);
    if (files->count == files->room) {
        size_t room = files->room ? files->room * 2 : 64;
        struct file *grown = realloc(files->items, room * sizeof *grown);
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
    const char *x = ((const struct file *)a)->name, *y = ((const struct file *)b)->name;
    return strcmp(x + (*x == '.'), y + (*y == '.'));
}

static void release(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].name);
    free(files->items);
    *files = (struct files){0};
}

static int scan(int directory, const char *spare, struct files *ret_files)
{
    *ret_files = (struct files){0};
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int error = -errno;
        if (fd >= 0)
            (void)close(fd);
        return error;
    }
    int error = 0;
    for (const struct dirent *entry; !error && (entry = readdir(dir));)
        error = add_file(ret_files, directory, entry->d_name, spare);
    (void)closedir(dir);
    if (ret_files->count)
        qsort(ret_files->items, ret_files->count, sizeof ret_files->items[0], compare_files);
    return error;
}

/* Nothing is deleted without being named. */
static void name_file(const struct file *file, const struct crash *crash, struct buffer *lines)
{
    char text[40];
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    date_format((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000, text);
    json_open(lines, NULL, '{');
    json_string(lines, "event", "pruned");
    json_string(lines, "exe", crash->notes.exe);
    json_number(lines, "pid", crash->notes.pid);
    json_string(lines, "time", text);
    json_string(lines, "path", file->name);
    json_number(lines, "bytes", (int64_t)file->bytes);
    json_string(lines, "reason", file->reason);
    json_close(lines, '}');
    buffer_add_char(lines, '\n');
}

/* Names the doomed of items[from..to), for whoever is killed in between, and deletes them. */
static int delete_batch(int directory, const struct files *files, size_t from, size_t to,
                        const struct crash *crash)
{
    struct buffer lines = {0};
    for (size_t i = from; i < to; i++)
        if (files->items[i].is_doomed)
            name_file(&files->items[i], crash, &lines);
    int error = lines.failed ? -ENOMEM : lines.size ? log_append(directory, &lines) : 0;
    /* On a full disk there is no room for the line either, until something is deleted. */
    bool is_full = error == -ENOSPC || error == -EDQUOT;
    for (size_t i = from; i < to && (!error || is_full); i++) {
        struct file *file = &files->items[i];
        if (file->is_doomed && unlinkat(directory, file->name, 0) < 0 && errno != ENOENT && !error)
            error = -errno;
    }
    if (is_full)
        error = log_append(directory, &lines);
    buffer_release(&lines);
    return error;
}

/* Deletes what is doomed. In batches: a writer that is killed meanwhile has named few files that are still
 * there, and a directory of 100,000 files does not become a log of 17 MB at once. */
static int delete_doomed(int directory, const struct files *files, const struct crash *crash)
{
    int error = 0;
    for (size_t from = 0, to; from < files->count && !error; from = to) {
        size_t doomed = 0;
        to = from;
        for (; to < files->count && doomed < BATCH; to++)
            doomed += files->items[to].is_doomed;
        error = delete_batch(directory, files, from, to, crash);
    }
    return error;
}

/* Marks the oldest that may go, until no more than these are left; but no more than DELETED_MAX: metrics come after
 * this, and who waits for both waits 2 s (preload/out/writer.c, UPKEEP_NS). */
static void doom_beyond(struct files *files, const struct keep_rules *rules)
{
    uint64_t bundles = 0, bytes = 0;
    size_t doomed = 0;
    for (size_t i = 0; i < files->count; i++) {
        bundles += files->items[i].kind == BUNDLE;
        bytes += files->items[i].bytes;
    }
    for (size_t i = 0; i < files->count && doomed < DELETED_MAX; i++) {
        struct file *file = &files->items[i];
        bool is_too_many = rules->count && bundles > rules->count && file->kind == BUNDLE;
        bool is_too_large = rules->bytes && bytes > rules->bytes;
        if (file->is_spared || !(is_too_many || is_too_large || file->kind == LEFT_OVER))
            continue;
        file->is_doomed = true;
        doomed++;
        file->reason = is_too_many ? "count" : is_too_large ? "bytes" : "left over";
        bundles -= file->kind == BUNDLE;
        bytes -= file->bytes;
    }
}

int prune_to_limits(int directory, const struct keep_rules *rules, const struct crash *crash,
                    const char *spare)
{
    struct files files = {0};
    if (!rules->count && !rules->bytes)
        return 0;
    if (!upkeep_lock(directory, LOCK_TRIES))
        return -EBUSY;
    int error = scan(directory, spare, &files);
    if (!error) {
        doom_beyond(&files, rules);
        error = delete_doomed(directory, &files, crash);
    }
    upkeep_unlock(directory);
    release(&files);
    return error;
}

/* How many bytes are missing to the floor; 0: none, or it is not known. */
static uint64_t missing_space(int directory, const struct keep_rules *rules)
{
    struct statvfs status;
    if (fstatvfs(directory, &status) < 0)
        return 0;
    uint64_t total = (uint64_t)status.f_blocks * status.f_frsize;
    uint64_t available = (uint64_t)status.f_bavail * status.f_frsize, floor = rules->free_bytes;
    if (rules->free_percent) {
        floor = total / 100 * rules->free_percent;
        if (floor > KEEP_FREE_MAX)
            floor = KEEP_FREE_MAX;
    }
    return available < floor ? floor - available : 0;
}

/* Marks the oldest that may go, until they make up for what is missing. Returns whether they do. */
static bool doom_for(struct files *files, uint64_t missing)
{
    uint64_t gained = 0;
    for (size_t i = 0; i < files->count && gained < missing; i++) {
        files->items[i].is_doomed = !files->items[i].is_spared;
        files->items[i].reason = "free space";
        gained += files->items[i].is_doomed ? files->items[i].disk_bytes : 0;
    }
    return gained >= missing;
}

bool prune_for_space(int directory, const struct keep_rules *rules, const struct crash *crash)
{
    uint64_t missing = missing_space(directory, rules);
    if (!missing)
        return true;
    if (!upkeep_lock(directory, LOCK_TRIES))
        return !missing_space(directory, rules); /* the holder of the lock may have made room */
    for (int look = 0; missing && look < LOOKS_MAX; look++) {
        struct files files = {0};
        bool is_enough = scan(directory, NULL, &files) == 0 && doom_for(&files, missing) &&
                         delete_doomed(directory, &files, crash) == 0;
        release(&files);
        if (!is_enough)
            break;
        missing = missing_space(directory, rules);
    }
    upkeep_unlock(directory);
    return !missing;
}
