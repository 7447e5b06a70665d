/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "memory/modules.h"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>

#include "state/config.h"
#include "base/io.h"
#include "memory/called.h"
#include "base/sys.h"
#include "base/text.h"

#define LINK_MAPS_MAX   4096
#define NOTE_BYTES_MAX  1024
#define TABLE_BYTES_MAX (8u << 20) /* unwind tables or symbols of one vanished module */

static bool is_of(const struct safe_map *map, const struct safe_map *head)
{
    return map->ino == head->ino && map->dev == head->dev;
}

/*
 * Code that the program has moved to memory without a file, to huge pages for instance, between parts that are still
 * the file's. Returns how many mappings.
 */
static uint32_t count_moved(const struct safe_maps *maps, const struct safe_map *head, uint32_t at)
{
    const struct safe_map *end = maps->map + maps->count, *map = &maps->map[at];
    while (map < end && !map->ino && map->start == map[-1].end)
        map++;
    bool goes_on = map < end && is_of(map, head) && map->offset && map->start == map[-1].end;
    return goes_on ? (uint32_t)(map - maps->map) - at : 0;
}

/* The index behind the mappings of one image, which begins at 'first'. */
static uint32_t end_of_image(const struct safe_maps *maps, uint32_t first, bool *ret_executable)
{
    const struct safe_map *head = &maps->map[first];
    uint32_t i = first;
    *ret_executable = false;
    while (i < maps->count && is_of(&maps->map[i], head)) {
        *ret_executable |= maps->map[i].executable;
        /* A second image of the same file. */
        if (i > first && maps->map[i].offset == 0 && *ret_executable)
            break;
        uint32_t moved = head->ino ? count_moved(maps, head, i + 1) : 0;
        for (i++; moved; moved--)
            *ret_executable |= maps->map[i++].executable;
    }
    return i;
}

bool safe_modules_next(const struct safe_maps *maps, uint32_t *at, struct safe_module *ret_module)
{
    bool executable;
    for (uint32_t i = *at, first = i; i < maps->count; first = i) {
        i = end_of_image(maps, first, &executable);
        if (executable && safe_map_is_file(&maps->map[first])) {
            *ret_module = (struct safe_module){first, i - first};
            *at = i;
            return true;
        }
    }
    *at = (uint32_t)maps->count;
    return false;
}

/* True when the path no longer names the file that is mapped. */
static bool is_gone(const struct safe_map *map)
{
    char path[CONFIG_PATH_BYTES];
    struct stat st;
    if (map->path_bytes >= sizeof path)
        return true;
    safe_copy(path, map->path, map->path_bytes);
    path[map->path_bytes] = '\0';
    if (safe_call(SYS_newfstatat, -1, path, &st, 0) < 0)
        return true;
    /* The device of overlay files differs between stat and maps: the inode decides. */
    return st.st_ino != map->ino;
}

struct dynamic {
    uint64_t symtab, strtab, strsz;
};

static void read_dynamic(uint64_t address, uint64_t bytes, uint64_t bias, struct dynamic *ret)
{
    Elf64_Dyn dyn;
    for (uint64_t i = 0; i < bytes / sizeof dyn && i < 256; i++) {
        if (safe_read_memory(address + i * sizeof dyn, &dyn, sizeof dyn) < 0 || dyn.d_tag == DT_NULL)
            return;
        uint64_t value = dyn.d_un.d_ptr;
        if (dyn.d_tag == DT_STRSZ)
            ret->strsz = value;
        /* ld.so has relocated the addresses, unless the section is read-only. */
        if (value < bias)
            value += bias;
        if (dyn.d_tag == DT_SYMTAB)
            ret->symtab = value;
        if (dyn.d_tag == DT_STRTAB)
            ret->strtab = value;
    }
}

static void add_bounded(struct safe_segments *list, const struct safe_maps *maps, uint64_t start,
                        uint64_t end)
{
    if (end > start && end - start <= TABLE_BYTES_MAX)
        safe_segments_add_mapped(list, maps, start, start, end);
}

/* .eh_frame_hdr up to the end of its mapping, which also holds .eh_frame; .dynsym up to the end of .dynstr.
 */
static void add_tables(struct safe_segments *list, const struct safe_maps *maps, const Elf64_Phdr *phdr,
                       int phnum, uint64_t bias)
{
    struct dynamic dynamic = {0, 0, 0};
    for (int i = 0; i < phnum; i++) {
        uint64_t at = bias + phdr[i].p_vaddr;
        const struct safe_map *map = safe_maps_find(maps, at);
        if (phdr[i].p_type == PT_GNU_EH_FRAME && map)
            add_bounded(list, maps, at, map->end);
        if (phdr[i].p_type == PT_DYNAMIC)
            read_dynamic(at, phdr[i].p_memsz, bias, &dynamic);
    }
    if (dynamic.symtab && dynamic.strtab > dynamic.symtab)
        add_bounded(list, maps, dynamic.symtab, dynamic.strtab + dynamic.strsz);
}

int safe_modules_headers(const struct safe_map *head, Elf64_Phdr phdr[SAFE_MODULES_PHDRS], uint64_t *ret_bias,
                         uint64_t *ret_table)
{
    Elf64_Ehdr ehdr;
    if (head->offset != 0 || safe_read_memory(head->start, &ehdr, sizeof ehdr) < 0)
        return 0;
    if (ehdr.e_ident[0] != 0x7f || ehdr.e_ident[1] != 'E' || ehdr.e_ident[2] != 'L' ||
        ehdr.e_ident[3] != 'F' || ehdr.e_phentsize != sizeof *phdr || ehdr.e_phoff > head->end - head->start)
        return 0;
    int phnum = ehdr.e_phnum < SAFE_MODULES_PHDRS ? ehdr.e_phnum : SAFE_MODULES_PHDRS;
    if (safe_read_memory(head->start + ehdr.e_phoff, phdr, (size_t)phnum * sizeof *phdr) < 0)
        return 0;
    *ret_bias = 0;
    *ret_table = head->start + ehdr.e_phoff;
    for (int i = 0; i < phnum; i++)
        if (phdr[i].p_type == PT_LOAD && phdr[i].p_offset == 0)
            *ret_bias = head->start - (phdr[i].p_vaddr & ~UINT64_C(4095));
    return phnum;
}

/* A writable segment is not the file's, also where RELRO has made it read-only since. */
static void mark_changed(const struct safe_maps *maps, const struct safe_module *module,
                         const Elf64_Phdr *phdr, int phnum, uint64_t bias)
{
    struct safe_map *head = &maps->map[module->first], *map;
    map = head;
    for (; map < head + module->count; map++)
        for (int i = 0; i < phnum; i++)
            map->is_changed |= phdr[i].p_type == PT_LOAD && (phdr[i].p_flags & PF_W) &&
                               map->start < bias + phdr[i].p_vaddr + phdr[i].p_memsz &&
                               map->end > bias + phdr[i].p_vaddr;
    if (!head->is_gone)
        return;
    map = head + 1;
    for (; map < head + module->count; map++)
        map->is_changed = true;
}

static void add_module(struct safe_segments *list, const struct safe_maps *maps, const struct safe_map *head)
{
    Elf64_Phdr phdr[SAFE_MODULES_PHDRS];
    uint64_t bias, phdr_at, start = head->start;
    int phnum = safe_modules_headers(head, phdr, &bias, &phdr_at);
    if (!phnum)
        return;
    safe_segments_add_mapped(list, maps, start, start, start + sizeof(Elf64_Ehdr));
    safe_segments_add_mapped(list, maps, start, phdr_at, phdr_at + (uint64_t)phnum * sizeof *phdr);
    for (int i = 0; i < phnum; i++) {
        uint64_t at = bias + phdr[i].p_vaddr;
        uint64_t bytes = phdr[i].p_memsz;
        if (phdr[i].p_type == PT_NOTE)
            safe_segments_add_mapped(list, maps, at, at,
                                     at + (bytes < NOTE_BYTES_MAX ? bytes : NOTE_BYTES_MAX));
        if (phdr[i].p_type == PT_DYNAMIC)
            add_bounded(list, maps, at, at + bytes);
    }
    if (is_gone(head))
        add_tables(list, maps, phdr, phnum, bias);
}

void safe_modules_add_link_maps(struct safe_segments *list)
{
    struct r_debug debug;
    uint64_t at = crumple_config->r_debug, seen = 0;
    uint32_t from = list->count;
    if (!at || safe_read_memory(at, &debug, sizeof debug) < 0)
        return;
    safe_segments_add(list, at, at + sizeof debug);
    at = (uint64_t)debug.r_map;
    for (int i = 0; at && i < LINK_MAPS_MAX; i++) {
        struct link_map map;
        char name[CONFIG_PATH_BYTES];
        if (safe_read_memory(at, &map, sizeof map) < 0)
            break;
        if (at == seen)
            break; /* a damaged list that leads back would fill ours (Brent's way to find out) */
        if ((i & (i - 1)) == 0)
            seen = at;
        safe_segments_add(list, at, at + sizeof map);
        long n = safe_read_string((uint64_t)map.l_name, name, sizeof name);
        if (n >= 0)
            safe_segments_add(list, (uint64_t)map.l_name, (uint64_t)map.l_name + (uint64_t)n + 1);
        at = (uint64_t)map.l_next;
    }
    safe_segments_settle(list, from);
}

uint64_t safe_modules_mark(const struct safe_maps *maps)
{
    Elf64_Phdr phdr[SAFE_MODULES_PHDRS];
    struct safe_module module;
    uint64_t bias, phdr_at, tls = 0;
    uint32_t at = 0;
    while (safe_modules_next(maps, &at, &module)) {
        struct safe_map *head = &maps->map[module.first];
        int phnum = safe_modules_headers(head, phdr, &bias, &phdr_at);
        if (!phnum)
            continue;
        for (int i = 0; i < phnum; i++)
            if (phdr[i].p_type == PT_TLS)
                tls += phdr[i].p_memsz + phdr[i].p_align;
        /* The executable may be given to gdb by hand, which compares build-ids; a library is not. */
        head->is_gone = is_gone(head) && !safe_starts(head->path, crumple_config->exe_file);
        mark_changed(maps, &module, phdr, phnum, bias);
    }
    return tls;
}

void safe_modules_add(struct safe_segments *list, const struct safe_maps *maps, enum safe_called by)
{
    uint64_t vdso = crumple_config->vdso;
    uint32_t at = 0, from = list->count;
    struct safe_module module;
    if (vdso && by == SAFE_CALLED_BY_FAULTING)
        safe_segments_add_mapped(list, maps, vdso, vdso, vdso + 65536);
    while (safe_modules_next(maps, &at, &module))
        if (safe_called_of(maps, &module) == by)
            add_module(list, maps, &maps->map[module.first]);
    safe_segments_settle(list, from);
}
