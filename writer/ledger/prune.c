/* SPDX-License-Identifier: MIT */
#include "ledger/prune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "crumple_format.h"
#include "date.h"
#include "base/json.h"
#include "ledger/log.h"
#include "ledger/signatures.h"
#include "ledger/upkeep.h"
#include "retain.h"

#define LOCK_TRIES  250  /* times 2 ms */
#define BATCH       500  /* files named in one append, and then deleted */
#define DELETED_MAX 2000 /* deleted beyond a number or a size, by one writer: the next crash's goes on */
#define LOOKS_MAX   4    /* at the free space: others write to the disk, too */

static int64_t now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Nothing is deleted without being named. */
static void name_file(const struct retain_file *file, const struct crash *crash, struct buffer *lines)
{
    char text[DATE_BYTES];
    date_format((uint64_t)now_us(), text);
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
static int delete_batch(int directory, const struct retain_files *files, size_t from, size_t to,
                        const struct crash *crash)
{
    struct buffer lines = {0};
    for (size_t i = from; i < to; i++)
        if (files->items[i].reason)
            name_file(&files->items[i], crash, &lines);
    int error = lines.failed ? -ENOMEM : lines.size ? log_append(directory, &lines) : 0;
    /* On a full disk there is no room for the line either, until something is deleted. */
    bool is_full = error == -ENOSPC || error == -EDQUOT;
    for (size_t i = from; i < to && (!error || is_full); i++) {
        struct retain_file *file = &files->items[i];
        if (file->reason && unlinkat(directory, file->name, 0) < 0 && errno != ENOENT && !error)
            error = -errno;
    }
    if (is_full)
        error = log_append(directory, &lines);
    buffer_release(&lines);
    return error;
}

/* Deletes what is doomed. In batches: a writer that is killed meanwhile has named few files that are still
 * there, and a directory of 100,000 files does not become a log of 17 MB at once. */
static int delete_doomed(int directory, const struct retain_files *files, const struct crash *crash)
{
    int error = 0;
    for (size_t from = 0, to; from < files->count && !error; from = to) {
        size_t doomed = 0;
        to = from;
        for (; to < files->count && doomed < BATCH; to++)
            doomed += files->items[to].reason != NULL;
        error = delete_batch(directory, files, from, to, crash);
    }
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
        error = delete_doomed(directory, &files, crash);
    upkeep_unlock(directory);
    retain_release(&files);
    return error;
}

/* How many bytes are missing to the floor; 0: none, or it is not known. */
static uint64_t missing_space(int directory, const struct retain_rules *rules)
{
    struct statvfs status;
    if (fstatvfs(directory, &status) < 0)
        return 0;
    uint64_t total = (uint64_t)status.f_blocks * status.f_frsize;
    uint64_t available = (uint64_t)status.f_bavail * status.f_frsize, floor = rules->free_bytes;
    if (rules->free_percent) {
        floor = total / 100 * rules->free_percent;
        if (floor > RETAIN_FREE_MAX)
            floor = RETAIN_FREE_MAX;
    }
    return available < floor ? floor - available : 0;
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
        error = delete_doomed(directory, &files, crash);
    retain_release(&files);
    return error;
}

bool prune_for_space(int directory, const struct retain_rules *rules, const struct crash *crash)
{
    uint64_t missing = missing_space(directory, rules);
    if (!missing)
        return true;
    if (!upkeep_lock(directory, LOCK_TRIES))
        return !missing_space(directory, rules); /* the holder of the lock may have made room */
    for (int look = 0; missing && look < LOOKS_MAX && make_space(directory, missing, crash) == 0; look++)
        missing = missing_space(directory, rules);
    upkeep_unlock(directory);
    return !missing;
}
