/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See memory/globals.h. */
#include "memory/globals.h"

#include <fcntl.h>

#include "base/io.h"
#include "memory/called.h"
#include "memory/modules.h"
#include "proc/proc.h"
#include "state/fault.h"
#include "base/sys.h"

#define PAGE            UINT64_C(4096)
#define MODULE_BYTES    (UINT64_C(1) << 20)
#define RUN_END_BYTES   (UINT64_C(128) << 10)
#define SUM_BYTES       (UINT64_C(4) << 20)
#define CONTAINED_BYTES (UINT64_C(256) << 10) /* the process lives, and may write many such cores */
#define LOOKS_MAX       65536u                /* at pages of .bss: 256 MiB */
#define ENTRIES         512
/* /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst): in memory, or swapped out. */
#define PAGE_HELD (UINT64_C(3) << 62)

struct globals {
    struct safe_segments *list;
    const struct safe_maps *maps;
    int pagemap;          /* a descriptor, or a negative errno */
    uint64_t left;        /* bytes that may still be taken */
    uint64_t module_left; /* of these, from this module */
    uint32_t looks;       /* pages that may still be looked at */
};

/* By the symbols of another file the right bytes are wrong values. */
static bool is_wanted(const struct safe_maps *maps, const struct safe_module *module)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    const struct safe_map *head = &maps->map[module->first];
    return !head->is_gone && head->start != (uint64_t)__ehdr_start &&
           safe_called_of(maps, module) == SAFE_CALLED_BY_FAULTING;
}

/* --- which pages ------------------------------------------------------------------------------------- */

static void take_whole(struct globals *g, uint64_t start, uint64_t end)
{
    uint64_t bytes = end - start;
    bytes = bytes < g->left ? bytes : g->left;
    bytes = bytes < g->module_left ? bytes : g->module_left;
    safe_segments_add(g->list, start, start + bytes);
    g->left -= bytes;
    g->module_left -= bytes;
}

/* In the middle of a long run lies one large array: what is small lies at its ends. */
static void take(struct globals *g, uint64_t start, uint64_t end)
{
    if (end - start > 2 * RUN_END_BYTES) {
        take_whole(g, start, start + RUN_END_BYTES);
        start = end - RUN_END_BYTES;
    }
    take_whole(g, start, end);
}

static void take_run(struct globals *g, uint64_t start, uint64_t end, bool is_held)
{
    if (is_held)
        take(g, start, end);
    else
        safe_segments_add_zero(g->list, start, end);
}

/* Reads what the kernel says of n pages. Returns how many it has said something about. */
static uint64_t look(const struct globals *g, uint64_t at, uint64_t *entry, uint64_t n)
{
    long got = g->pagemap < 0 ? g->pagemap : safe_call(SYS_pread64, g->pagemap, entry, n * 8, at / PAGE * 8);
    return got > 0 ? (uint64_t)got / 8 : 0;
}

/* Private memory without a file: a page that the kernel does not hold was never written to. */
static void take_anonymous(struct globals *g, uint64_t start, uint64_t end)
{
    static uint64_t entry[ENTRIES];
    uint64_t run = start, at = start;
    bool is_held = true;
    while (at < end && g->looks) {
        uint64_t n = (end - at + PAGE - 1) / PAGE;
        n = n < ENTRIES ? n : ENTRIES;
        n = look(g, at, entry, n < g->looks ? n : g->looks);
        if (!n) {
            take_run(g, run, at, is_held);
            take(g, at, end);
            return;
        }
        for (uint64_t i = 0; i < n && at < end; i++) {
            if (!(entry[i] & PAGE_HELD) == is_held) {
                take_run(g, run, at, is_held);
                run = at;
                is_held = !is_held;
            }
            at = (at & ~(PAGE - 1)) + PAGE;
        }
        g->looks -= (uint32_t)n;
    }
    take_run(g, run, at < end ? at : end, is_held);
}

/* What of [start, end) is private memory of the process that can be read. */
static void take_segment(struct globals *g, uint64_t start, uint64_t end)
{
    const struct safe_map *map = safe_maps_find(g->maps, start);
    const struct safe_map *last = g->maps->map + g->maps->count;
    map = map ? map : safe_maps_above(g->maps, start);
    for (; map && map < last && map->start < end; map++) {
        uint64_t from = start > map->start ? start : map->start, to = end < map->end ? end : map->end;
        if (!map->readable || map->shared)
            continue;
        if (map->ino)
            take(g, from, to);
        else
            take_anonymous(g, from, to);
    }
}

static void take_module(struct globals *g, const struct safe_map *head)
{
    Elf64_Phdr phdr[SAFE_MODULES_PHDRS];
    uint64_t bias, table;
    int phnum = safe_modules_headers(head, phdr, &bias, &table);
    g->module_left = MODULE_BYTES;
    for (int i = 0; i < phnum; i++) {
        uint64_t start = bias + phdr[i].p_vaddr, end = start + phdr[i].p_memsz;
        /* The rest of the last page is whole: the loader keeps its first allocations there. */
        if (phdr[i].p_type == PT_LOAD && (phdr[i].p_flags & PF_W) && end > start && end < -PAGE)
            take_segment(g, start, (end + PAGE - 1) & ~(PAGE - 1));
    }
}

void safe_globals_add(struct safe_segments *list, const struct safe_maps *maps)
{
    struct globals g = {list, maps, -1, safe_fault.only_self ? CONTAINED_BYTES : SUM_BYTES, 0, LOOKS_MAX};
    struct safe_module module;
    char path[64];
    uint32_t at = 0;
    g.pagemap = safe_proc_open(safe_proc_path(path, safe_fault.pid, "pagemap"), O_RDONLY);
    while (g.left && safe_modules_next(maps, &at, &module))
        if (is_wanted(maps, &module))
            take_module(&g, &maps->map[module.first]);
    if (g.pagemap >= 0)
        safe_close(g.pagemap);
}
