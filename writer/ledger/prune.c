/* SPDX-License-Identifier: MIT */
#include "ledger/prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "date.h"
#include "base/json.h"
#include "ledger/log.h"
#include "ledger/signatures.h"
#include "ledger/upkeep.h"
#include "retain.h"
#include "retain_disk.h"

#define MANY_FILES  4000 /* looked at in some 20 ms */
#define LOCK_TRIES  250  /* times 2 ms */
#define DELETED_MAX 2000 /* deleted beyond a number or a size, by one writer: the next crash's goes on */
#define LOOKS_MAX   4    /* at the free space: others write to the disk, too */

static int64_t now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* An event for each: nothing is deleted without being named. context: struct crash. */
static int name_files(int directory, const struct retain_file *items, size_t count, void *context)
{
    const struct crash *crash = context;
    struct buffer lines = {0};
    char text[DATE_BYTES];
    date_format((uint64_t)now_us(), text);
    for (size_t i = 0; i < count; i++) {
        if (!items[i].reason)
            continue;
        json_open(&lines, NULL, '{');
        json_string(&lines, "event", "pruned");
        json_string(&lines, "exe", crash->notes.exe);
        json_number(&lines, "pid", crash->notes.pid);
        json_string(&lines, "time", text);
        json_string(&lines, "path", items[i].name);
        json_number(&lines, "bytes", (int64_t)items[i].bytes);
        json_string(&lines, "reason", items[i].reason);
        json_close(&lines, '}');
        buffer_add_char(&lines, '\n');
    }
    int error = lines.failed ? -ENOMEM : log_append(directory, &lines);
    buffer_release(&lines);
    return error;
}

/* No more than DELETED_MAX: metrics come after this, and who waits for both waits 2 s (preload/out/writer.c, UPKEEP_NS). */
static int choose(int directory, const struct retain_rules *rules, struct retain_files *files)
{
    if (retain_needs_signatures(files, rules))
        signatures_find(directory, files);
    return retain_to_limits(files, rules, now_us(), DELETED_MAX);
}

int prune_to_limits(int directory, const struct retain_rules *rules, const struct crash *crash,
                    const char *spare)
{
    struct retain_files files = {0};
    if (!rules->count && !rules->bytes && !rules->age_us && !rules->signature)
        return 0;
    if (!upkeep_lock(directory, LOCK_TRIES))
        return -EBUSY;
    int error = retain_scan(directory, &files);
    struct retain_file *newest = spare ? retain_find(&files, spare) : NULL;
    if (newest)
        newest->is_spared = true;
    if (!error)
        error = choose(directory, rules, &files);
    if (!error)
        error = retain_delete(directory, &files, name_files, (void *)crash);
    upkeep_unlock(directory);
    retain_release(&files);
    return error;
}

static int make_space(int directory, uint64_t missing, const struct crash *crash)
{
    struct retain_files files = {0};
    int error = retain_scan(directory, &files);
    if (!error) {
        signatures_find(directory, &files);
        error = retain_for_space(&files, missing);
    }
    if (!error)
        error = retain_delete(directory, &files, name_files, (void *)crash);
    retain_release(&files);
    return error;
}

bool prune_takes_long(int directory)
{
    int count = 0, fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    while (dir && count < MANY_FILES && readdir(dir))
        count++;
    if (dir)
        (void)closedir(dir);
    else if (fd >= 0)
        (void)close(fd);
    return count == MANY_FILES;
}

bool prune_for_space(int directory, const struct retain_rules *rules, const struct crash *crash)
{
    uint64_t missing = retain_missing(directory, rules);
    if (!missing)
        return true;
    if (!upkeep_lock(directory, LOCK_TRIES))
        return !retain_missing(directory, rules); /* the holder of the lock may have made room */
    for (int look = 0; missing && look < LOOKS_MAX && make_space(directory, missing, crash) == 0; look++)
        missing = retain_missing(directory, rules);
    upkeep_unlock(directory);
    return !missing;
}
