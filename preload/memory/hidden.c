/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process; the note in any thread. */
#include "memory/hidden.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "state/config.h"
#include "base/io.h"
#include "proc/proc.h"
#include "state/fault.h"
#include "base/sys.h"
#include "base/text.h"
#include "tell/memory.h"

#define SMAPS_NS       UINT64_C(1000000000)
#define STRINGS_MAX    1024u
#define STRING_BYTES   4096
#define SECRET_MAPPING "/secretmem" /* mm/secretmem.c */

static _Atomic bool is_used;

void safe_hidden_note(void)
{
    __atomic_store_n(&is_used, true, __ATOMIC_RELEASE);
}

static bool begins_with(const char *text, size_t n, const char *prefix)
{
    for (size_t i = 0; prefix[i]; i++)
        if (i >= n || text[i] != prefix[i])
            return false;
    return true;
}

/* Mappings of a device: what lies there need not be memory. Shared memory and /dev/zero are. */
static bool is_device(const struct safe_map *map)
{
    return begins_with(map->path, map->path_bytes, "/dev/") &&
           !begins_with(map->path, map->path_bytes, "/dev/shm/") &&
           !begins_with(map->path, map->path_bytes, "/dev/hugepages/") &&
           !begins_with(map->path, map->path_bytes, "/dev/zero");
}

static void hide_mappings(struct safe_segments *list, const struct safe_maps *maps)
{
    for (size_t i = 0; i < maps->count; i++) {
        const struct safe_map *map = &maps->map[i];
        if (is_device(map) || begins_with(map->path, map->path_bytes, SECRET_MAPPING))
            safe_segments_hide(list, map->start, map->end);
    }
}

/* The strings that the kernel laid, and those that setenv() or a program that moved its environment has made.
 */
static void hide_environment(struct safe_segments *list)
{
    static char text[STRING_BYTES];
    const struct crumple_config *config = crumple_config;
    uint64_t array = 0, string;
    safe_segments_hide(list, config->environ_start, config->environ_end);
    if (!config->environ_variable || safe_read_memory(config->environ_variable, &array, sizeof array) < 0)
        return;
    for (uint32_t i = 0; i < STRINGS_MAX; i++) {
        if (safe_read_memory(array + i * sizeof string, &string, sizeof string) < 0 || !string)
            return;
        if (string >= config->environ_start && string < config->environ_end)
            continue;
        long n = safe_read_string(string, text, sizeof text);
        if (n > 0)
            safe_segments_hide(list, string, string + (uint64_t)n + 1);
    }
}

/* Lines of smaps: those of a mapping begin with its range, its last one is VmFlags. */
struct smaps {
    struct safe_segments *list;
    uint64_t start, end;
    char line[256];
    size_t used;
};

static void take_line(struct smaps *s)
{
    const char *p = s->line, *last = p + s->used;
    uint64_t start, end;
    s->line[s->used] = '\0';
    s->used = 0;
    if (begins_with(p, sizeof s->line, "VmFlags:")) {
        for (; *p; p++)
            if (begins_with(p, 4, " dd ") || begins_with(p, 4, " io ")) {
                safe_segments_hide(s->list, s->start, s->end);
                return;
            }
    } else if (*(p = safe_parse_hex(p, last, &start)) == '-' && *safe_parse_hex(p + 1, last, &end) == ' ') {
        s->start = start;
        s->end = end;
    }
}

static int hide_marked(struct safe_segments *list)
{
    static char text[16384];
    static struct smaps s;
    const uint64_t until = safe_clock_ns(CLOCK_MONOTONIC) + SMAPS_NS;
    char path[64];
    long n = -ETIMEDOUT;
    int fd = safe_proc_open(safe_proc_path(path, safe_fault.pid, "smaps"), O_RDONLY);
    if (fd < 0)
        return fd;
    s = (struct smaps){.list = list};
    while (safe_clock_ns(CLOCK_MONOTONIC) < until && (n = safe_call(SYS_read, fd, text, sizeof text)) > 0) {
        for (long i = 0; i < n; i++)
            if (text[i] == '\n')
                take_line(&s);
            else if (s.used < sizeof s.line - 1)
                s.line[s.used++] = text[i];
    }
    safe_close(fd);
    return n > 0 ? -ETIMEDOUT : (int)n;
}

static void hide_told(uint64_t start, uint64_t end, void *list)
{
    safe_segments_hide(list, start, end);
}

int safe_hidden_find(struct safe_segments *list, const struct safe_maps *maps)
{
    safe_tell_each(hide_told, list);
    safe_segments_hide(list, (uint64_t)crumple_config, (uint64_t)(crumple_config + 1));
    hide_environment(list);
    hide_mappings(list, maps);
    return __atomic_load_n(&is_used, __ATOMIC_ACQUIRE) ? hide_marked(list) : 0;
}
