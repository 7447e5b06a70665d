/* SPDX-License-Identifier: MIT */
/* The disk: see retain_disk.h. */
#include "retain_disk.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BATCH 500 /* files named in one append, and then deleted */

uint64_t retain_missing(int directory, const struct retain_rules *rules)
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

/* Returns the error of the last file that stayed, or 0. */
static int unlink_batch(int directory, struct retain_file *items, size_t count)
{
    int error = 0;
    for (size_t i = 0; i < count; i++) {
        if (!items[i].reason)
            continue;
        items[i].is_gone = unlinkat(directory, items[i].name, 0) == 0 || errno == ENOENT;
        error = items[i].is_gone ? error : -errno;
    }
    return error;
}

static int delete_batch(int directory, struct retain_file *items, size_t count, retain_name *name,
                        void *context, int *ret_error)
{
    int named = name(directory, items, count, context);
    const bool is_full = named == -ENOSPC || named == -EDQUOT;
    if (named && !is_full)
        return named;
    int error = unlink_batch(directory, items, count);
    *ret_error = *ret_error ? *ret_error : error;
    return is_full ? name(directory, items, count, context) : 0;
}

int retain_delete(int directory, struct retain_files *files, retain_name *name, void *context)
{
    int first = 0, error = 0;
    for (size_t from = 0, to; from < files->count && !error; from = to) {
        size_t doomed = 0;
        for (to = from; to < files->count && doomed < BATCH; to++)
            doomed += files->items[to].reason != NULL;
        if (doomed)
            error = delete_batch(directory, files->items + from, to - from, name, context, &first);
    }
    return error ? error : first;
}
