/* SPDX-License-Identifier: MIT */
/* What goes, and in which order: see retain.h. */
#include "retain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "fnv.h"

#define TIME_LENGTH 22 /* YYYYMMDDThhmmss.uuuuuu */
#define FEW         3  /* a signature with fewer bundles has none between its first and its latest */

/* A file in the order in which files go for space. */
struct place {
    struct retain_file *file;
    uint64_t group;
    uint64_t size; /* bundles of its group, its own among them, when its turn comes; 0: after all groups */
};

uint64_t retain_signature(const char *text, size_t size)
{
    const uint64_t hash = fnv_add(FNV_BASIS, text, size);
    return hash ? hash : 1;
}

/* Of YYYYMMDDThhmmss.uuuuuuZ-EXE-PID.tar.zst: Z-EXE, which is no signature's text. */
static uint64_t program_of(const char *name)
{
    const char *from = name + TIME_LENGTH, *dash = strrchr(name, '-');
    return retain_signature(from, dash > from ? (size_t)(dash - from) : strlen(from));
}

static int compare_groups(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->file < y->file ? -1 : 1; /* the older first */
}

static int compare_turns(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->file < y->file ? -1 : 1;
}

/* Those that stay until now, bundles by their groups behind all others, whose group is 0. */
static int take_places(const struct retain_files *files, struct place **ret_places, size_t *ret_count)
{
    struct place *places = malloc((files->count + 1) * sizeof *places);
    size_t count = 0;
    if (!places)
        return -ENOMEM;
    for (size_t i = 0; i < files->count; i++) {
        struct retain_file *file = &files->items[i];
        if (file->reason)
            continue;
        places[count++] = (struct place){.file = file,
                                         .group = file->kind != RETAIN_BUNDLE ? 0
                                                  : file->signature           ? file->signature
                                                                              : program_of(file->name)};
    }
    qsort(places, count, sizeof *places, compare_groups);
    *ret_places = places;
    *ret_count = count;
    return 0;
}

/* The end of the group that begins there. */
static size_t group_end(const struct place *places, size_t from, size_t count)
{
    size_t to = from;
    while (to < count && places[to].group == places[from].group)
        to++;
    return to;
}

/* The greedy rule, without a heap: of a group of n, the bundle that goes as the k-th leaves when n - k are gone before. */
static void set_turns(struct place *places, size_t count)
{
    for (size_t from = 0, to; from < count; from = to) {
        to = group_end(places, from, count);
        if (!places[from].group)
            continue;
        const bool is_known = places[from].file->signature != 0;
        for (size_t i = from + is_known; i + is_known < to; i++)
            if (to - i + is_known >= FEW)
                places[i].size = to - i + is_known;
    }
    qsort(places, count, sizeof *places, compare_turns);
}

static bool doom(struct retain_file *file, const char *reason, size_t *most)
{
    if (file->is_spared || !*most)
        return false;
    file->reason = reason;
    --*most;
    return true;
}

/* The text with which names of that time begin. */
static void name_time(int64_t us, char ret_name[TIME_LENGTH + 1])
{
    char date[DATE_BYTES];
    date_format(us > 0 ? (uint64_t)us : 0, date);
    snprintf(ret_name, TIME_LENGTH + 1, "%.4s%.2s%.2sT%.2s%.2s%.2s.%.6s", date, date + 5, date + 8, date + 11,
             date + 14, date + 17, date + 20);
}

static void doom_old(struct retain_files *files, int64_t age_us, int64_t now_us, size_t *most)
{
    char limit[TIME_LENGTH + 1] = "";
    if (age_us)
        name_time(now_us - age_us, limit);
    for (size_t i = 0; i < files->count; i++) {
        struct retain_file *file = &files->items[i];
        if (file->kind == RETAIN_LEFT_OVER)
            (void)doom(file, "left over", most);
        else if (strncmp(file->name, limit, TIME_LENGTH) < 0)
            (void)doom(file, "age", most);
    }
}

/* From the second to the last but one; of two, the latest is worth more. Of an unknown signature: from the first on. */
static int doom_repeated(struct retain_files *files, uint64_t budget, size_t *most)
{
    struct place *places;
    size_t count;
    int error = take_places(files, &places, &count);
    for (size_t from = 0, to; !error && from < count; from = to) {
        to = group_end(places, from, count);
        uint64_t left = places[from].group ? to - from : 0;
        const bool is_known = left && places[from].file->signature;
        for (size_t i = from + is_known; i + 1 < to && left > budget; i++)
            left -= doom(places[i].file, "signature", most);
        if (is_known && budget == 1 && to - from > 1)
            (void)doom(places[from].file, "signature", most);
    }
    if (!error)
        free(places);
    return error;
}

/* Bundles and bytes of what stays. */
struct sums {
    uint64_t bundles, bytes;
};

static struct sums sums_of(const struct retain_files *files)
{
    struct sums sums = {0};
    for (size_t i = 0; i < files->count; i++) {
        const struct retain_file *file = &files->items[i];
        if (file->reason)
            continue;
        sums.bundles += file->kind == RETAIN_BUNDLE;
        sums.bytes += file->bytes;
    }
    return sums;
}

static bool is_beyond(const struct sums *sums, const struct retain_rules *rules)
{
    return (rules->count && sums->bundles > rules->count) || (rules->bytes && sums->bytes > rules->bytes);
}

bool retain_needs_signatures(const struct retain_files *files, const struct retain_rules *rules)
{
    const struct sums sums = sums_of(files);
    return (rules->signature && sums.bundles > rules->signature) || is_beyond(&sums, rules);
}

static int doom_beyond(struct retain_files *files, const struct retain_rules *rules, size_t *most)
{
    struct sums sums = sums_of(files);
    struct place *places;
    size_t count;
    if (!is_beyond(&sums, rules))
        return 0;
    int error = take_places(files, &places, &count);
    if (error)
        return error;
    set_turns(places, count);
    for (size_t i = 0; i < count; i++) {
        struct retain_file *file = places[i].file;
        const bool is_bundle = file->kind == RETAIN_BUNDLE,
                   is_too_many = rules->count && sums.bundles > rules->count && is_bundle,
                   is_too_large = rules->bytes && sums.bytes > rules->bytes;
        if ((is_too_many || is_too_large) && doom(file, is_too_many ? "count" : "bytes", most)) {
            sums.bundles -= is_bundle;
            sums.bytes -= file->bytes;
        }
    }
    free(places);
    return 0;
}

int retain_to_limits(struct retain_files *files, const struct retain_rules *rules, int64_t now_us,
                     size_t most)
{
    doom_old(files, rules->age_us, now_us, &most);
    int error = rules->signature ? doom_repeated(files, rules->signature, &most) : 0;
    return error ? error : doom_beyond(files, rules, &most);
}

int retain_for_space(struct retain_files *files, uint64_t missing)
{
    struct place *places;
    size_t count, most = SIZE_MAX;
    uint64_t gained = 0;
    int error = take_places(files, &places, &count);
    if (error)
        return error;
    set_turns(places, count);
    for (size_t i = 0; i < count && gained < missing; i++)
        if (places[i].file->disk_bytes && doom(places[i].file, "free space", &most))
            gained += places[i].file->disk_bytes;
    free(places);
    return gained >= missing ? 0 : -ENOSPC;
}
