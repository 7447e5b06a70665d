/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "proc/maps.h"

#include <errno.h>

#include "proc/proc.h"
#include "base/text.h"

static const char *parse_decimal(const char *p, const char *end, uint64_t *ret)
{
    uint64_t v = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (uint64_t)(*p - '0');
    *ret = v;
    return p;
}

/* One line: start-end rwxp offset major:minor inode   path (proc(5)). False for what does not look like one.
 */
static bool parse_line(const char *p, const char *end, struct safe_map *m)
{
    uint64_t major, minor;
    p = safe_parse_hex(p, end, &m->start);
    if (p >= end || *p++ != '-')
        return false;
    p = safe_parse_hex(p, end, &m->end);
    if (end - p < 6)
        return false;
    m->readable = p[1] == 'r';
    m->writable = p[2] == 'w';
    m->executable = p[3] == 'x';
    m->shared = p[4] == 's';
    p = safe_parse_hex(p + 6, end, &m->offset);
    if (p >= end)
        return false;
    p = safe_parse_hex(p + 1, end, &major);
    if (p >= end)
        return false;
    p = safe_parse_hex(p + 1, end, &minor);
    /* As stat(2) encodes st_dev (include/linux/kdev_t.h, new_encode_dev). */
    m->dev = (minor & 0xff) | (major << 8) | ((minor & ~UINT64_C(0xff)) << 12);
    if (p >= end)
        return false;
    p = parse_decimal(p + 1, end, &m->ino);
    m->is_changed = m->writable || !m->ino;
    while (p < end && *p == ' ')
        p++;
    m->path = p;
    m->path_bytes = (uint32_t)(end - p);
    return m->start < m->end;
}

static size_t count_lines(const char *text, size_t n)
{
    size_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    return lines;
}

int safe_maps_read(struct safe_maps *maps, int pid, struct safe_scratch *scratch)
{
    char path[64];
    size_t room;
    char *text = safe_scratch_rest(scratch, &room);
    long n = safe_proc_read(safe_proc_path(path, pid, "maps"), text, room / 2);

    /* A process whose main has called pthread_exit, or that a mount with hidepid conceals: its memory is
     * ours, whoever we are. */
    if (n <= 0)
        n = safe_proc_read("/proc/thread-self/maps", text, room / 2);
    *maps = (struct safe_maps){0};
    return n < 0 ? (int)n : safe_maps_parse(maps, text, (size_t)n, scratch);
}

int safe_maps_parse(struct safe_maps *maps, const char *text, size_t n, struct safe_scratch *scratch)
{
    *maps = (struct safe_maps){0};
    safe_scratch_keep(scratch, n);
    size_t lines = count_lines(text, n);
    maps->map = safe_scratch_take(scratch, lines * sizeof *maps->map);
    if (!maps->map)
        return -ENOMEM;
    maps->text = text;
    maps->text_bytes = n;
    maps->own_start = (uint64_t)scratch->base;
    maps->own_end = maps->own_start + scratch->size;
    const char *p = text;
    const char *end = text + n;
    while (p < end && maps->count < lines) {
        const char *eol = p;
        while (eol < end && *eol != '\n')
            eol++;
        if (parse_line(p, eol, &maps->map[maps->count]))
            maps->count++;
        p = eol + 1;
    }
    return 0;
}

/* The first mapping that ends above the address; maps->count where there is none. */
static size_t lower_bound(const struct safe_maps *maps, uint64_t address)
{
    size_t low = 0, high = maps->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (maps->map[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct safe_map *safe_maps_find(const struct safe_maps *maps, uint64_t address)
{
    size_t at = lower_bound(maps, address);
    return at < maps->count && maps->map[at].start <= address ? &maps->map[at] : NULL;
}

const struct safe_map *safe_maps_above(const struct safe_maps *maps, uint64_t address)
{
    size_t at = lower_bound(maps, address);
    at += at < maps->count && maps->map[at].start <= address;
    return at < maps->count ? &maps->map[at] : NULL;
}

bool safe_map_is(const struct safe_map *map, const char *path)
{
    return map->path_bytes == safe_strlen(path) && safe_starts(map->path, path);
}

bool safe_map_was(const struct safe_map *map, const char *path)
{
    static const char deleted[] = " (deleted)";
    size_t bytes = safe_strlen(path);
    return safe_map_is(map, path) ||
           (map->path_bytes == bytes + sizeof deleted - 1 && safe_starts(map->path, path) &&
            safe_starts(map->path + bytes, deleted));
}

bool safe_map_is_file(const struct safe_map *map)
{
    return map->ino != 0 && map->path_bytes > 0 && map->path[0] == '/';
}
