/* SPDX-License-Identifier: MIT */
#include "core/maps.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads hex digits from *at up to end. Returns whether there was one. */
static bool maps_parse_hex(const char **at, const char *end, uint64_t *ret_value)
{
    uint64_t value = 0;
    const char *start = *at;
    for (; *at < end; ++*at) {
        char digit = **at;
        if (digit >= '0' && digit <= '9')
            value = value << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            value = value << 4 | (uint64_t)(digit - 'a' + 10);
        else
            break;
    }
    *ret_value = value;
    return *at > start;
}

/* start-end perms offset device inode   path */
static bool maps_parse_line(const char *at, const char *end, struct maps_range *ret_range)
{
    struct maps_range range = {0};
    if (!maps_parse_hex(&at, end, &range.start) || at == end || *at++ != '-' ||
        !maps_parse_hex(&at, end, &range.end))
        return false;
    if (end - at < 5 || *at != ' ' || range.end <= range.start)
        return false;
    memcpy(range.permissions, at + 1, 4);
    at += 5;
    for (int field = 0; field < 3; field++) {
        while (at < end && *at == ' ')
            at++;
        for (range.inode = 0; at < end && *at != ' '; at++)
            range.inode = range.inode * 10 + (uint64_t)(*at - '0'); /* of the last field, which is decimal */
    }
    while (at < end && *at == ' ')
        at++;
    if (at < end) {
        range.path = at;
        range.path_size = (size_t)(end - at);
    }
    *ret_range = range;
    return true;
}

size_t path_without_deleted(const char *path, size_t size)
{
    static const char deleted[] = " (deleted)"; /* as the kernel writes it, fs/d_path.c */
    const size_t mark = sizeof deleted - 1;
    return size > mark && memcmp(path + size - mark, deleted, mark) == 0 ? size - mark : size;
}

static int maps_compare(const void *left, const void *right)
{
    const struct maps_range *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

static void maps_sort(struct maps *maps)
{
    for (size_t i = 1; i < maps->count; i++) {
        if (maps->ranges[i - 1].start > maps->ranges[i].start) {
            qsort(maps->ranges, maps->count, sizeof *maps->ranges, maps_compare);
            return;
        }
    }
}

int maps_read(struct core_span text, struct maps *ret_maps)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.size; i++)
        lines += text.bytes[i] == '\n';
    struct maps maps = {calloc(lines, sizeof *maps.ranges), 0};
    if (!maps.ranges)
        return -ENOMEM;
    const char *at = (const char *)text.bytes, *end = at + text.size;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end ? line_end : end;
        if (maps_parse_line(at, line_end, &maps.ranges[maps.count]))
            maps.count++;
        at = line_end + 1;
    }
    maps_sort(&maps);
    *ret_maps = maps;
    return 0;
}

int maps_read_core(const struct core_file *core, struct maps *ret_maps)
{
    struct maps maps = {calloc(core->range_count + 1, sizeof *maps.ranges), 0};
    if (!maps.ranges)
        return -ENOMEM;
    for (size_t i = 0; i < core->range_count; i++) {
        const struct core_range *range = &core->ranges[i];
        maps.ranges[maps.count++] = (struct maps_range){
            .start = range->start,
            .end = range->end,
            .permissions = {range->flags & PF_R ? 'r' : '-', range->flags & PF_W ? 'w' : '-',
                            range->flags & PF_X ? 'x' : '-', 'p', '\0'},
        };
    }
    maps_sort(&maps);
    *ret_maps = maps;
    return 0;
}

void maps_release(struct maps *maps)
{
    free(maps->ranges);
    *maps = (struct maps){0};
}

/* Index of the first range that starts above address. */
static size_t maps_above(const struct maps *maps, uint64_t address)
{
    size_t low = 0, high = maps->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (maps->ranges[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct maps_range *maps_find(const struct maps *maps, uint64_t address)
{
    size_t above = maps_above(maps, address);
    return above && address < maps->ranges[above - 1].end ? &maps->ranges[above - 1] : NULL;
}

const struct maps_range *maps_next(const struct maps *maps, uint64_t address)
{
    size_t above = maps_above(maps, address);
    return above < maps->count ? &maps->ranges[above] : NULL;
}

bool maps_is_executable(const struct maps *maps, uint64_t address)
{
    const struct maps_range *range = maps_find(maps, address);
    return range && range->permissions[2] == 'x';
}

bool maps_is_deleted(const struct maps_range *range)
{
    return path_without_deleted(range->path, range->path_size) < range->path_size;
}
