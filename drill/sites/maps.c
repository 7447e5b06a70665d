/* SPDX-License-Identifier: MIT */
/* Mapped code: see maps.h. */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "readable_name.h"
#include "sites/maps.h"
#include "read/find.h"

#define PAGE UINT64_C(4096)

/* The address that the file gives to its byte at a page's offset. Returns 0 or a negative errno. */
static int file_address(const char *path, uint64_t offset, uint64_t *ret_address)
{
    int fd = find_open_regular(path, 0), error = -ENOEXEC;
    size_t count = 0;

    if (fd < 0)
        return fd;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf && elf_getphdrnum(elf, &count) == 0)
        for (size_t i = 0; i < count; i++) {
            GElf_Phdr header;

            if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
                continue;
            if (offset < (header.p_offset & -PAGE) || offset >= header.p_offset + header.p_filesz ||
                !(header.p_flags & PF_X))
                continue;
            *ret_address = (header.p_vaddr & -PAGE) + (offset - (header.p_offset & -PAGE));
            error = 0;
        }
    elf_end(elf);
    close(fd);
    return error;
}

void drill_maps_clear(struct drill_maps *maps)
{
    for (size_t i = 0; i < maps->count; i++)
        free(maps->entries[i].path);
    free(maps->entries);
    *maps = (struct drill_maps){0};
}

static int add_line(struct drill_maps *maps, const char *line)
{
    unsigned long long start, end, offset;
    uint64_t address;
    struct drill_map *grown;
    char flags[8], path[4096];

    if (sscanf(line, "%llx-%llx %7s %llx %*s %*s %4095[^\n]", &start, &end, flags, &offset, path) != 5 ||
        flags[2] != 'x' || path[0] != '/' || file_address(path, offset, &address) < 0)
        return 0;
    grown = reallocarray(maps->entries, maps->count + 1, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    maps->entries = grown;
    grown[maps->count++] = (struct drill_map){start, end, start - address, strdup(path)};
    return 0;
}

int drill_maps_read(pid_t pid, struct drill_maps *maps)
{
    char path[64], *line = NULL;
    size_t room = 0;
    int error = 0;

    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    drill_maps_clear(maps);
    while (error == 0 && getline(&line, &room, file) > 0)
        error = add_line(maps, line);
    free(line);
    fclose(file);
    return error;
}

const struct drill_map *drill_maps_at(const struct drill_maps *maps, uint64_t address)
{
    for (size_t i = 0; i < maps->count; i++)
        if (address >= maps->entries[i].start && address < maps->entries[i].end)
            return &maps->entries[i];
    return NULL;
}

const struct drill_map *drill_maps_find(const struct drill_maps *maps, const char *path, uint64_t offset)
{
    for (size_t i = 0; i < maps->count; i++) {
        const struct drill_map *map = &maps->entries[i];

        if (strcmp(map->path, path) == 0 && offset + map->bias >= map->start && offset + map->bias < map->end)
            return map;
    }
    return NULL;
}

void drill_maps_shorten(char *name)
{
    static const char head[] = "std::thread::_State_impl<", mark[] = "tuple<", mark_end[] = "::_M_run";
    char *from = strstr(name, mark), *to = from ? strstr(from, mark_end) : NULL;

    if (strncmp(name, head, strlen(head)) != 0 || !to)
        return;
    from += strlen(mark);
    for (int closed = 0; to > from && closed < 3; to--) /* of tuple, _Invoker and _State_impl */
        closed += to[-1] == '>';
    while (to > from && to[-1] == ' ')
        to--;
    *to = '\0';
    memmove(name + strlen("std::thread "), from, strlen(from) + 1);
    memcpy(name, "std::thread ", strlen("std::thread "));
}

static int name_by_symbol(const char *path, uint64_t offset, char *name, size_t size)
{
    static const Dwfl_Callbacks callbacks = {
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
    };
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module = dwfl ? dwfl_report_elf(dwfl, path, path, -1, 0, true) : NULL;
    Dwarf_Addr start, end;
    const char *symbol = NULL;

    if (module && dwfl_report_end(dwfl, NULL, NULL) == 0 &&
        dwfl_module_info(module, NULL, &start, &end, NULL, NULL, NULL, NULL)) {
        GElf_Off distance;
        GElf_Sym sym;
        /* reported at base 0 with add_p_vaddr: its addresses are the file's own */
        symbol = dwfl_module_addrinfo(module, offset, &distance, &sym, NULL, NULL, NULL);
    }
    if (symbol)
        (void)name_readable(symbol, strlen(symbol), name, size);
    if (dwfl)
        dwfl_end(dwfl);
    return symbol ? 0 : -ENOENT;
}

void drill_maps_name(const char *path, uint64_t offset, char *name, size_t size)
{
    const char *slash = strrchr(path, '/');

    if (name_by_symbol(path, offset, name, size) == 0)
        drill_maps_shorten(name);
    else
        snprintf(name, size, "%s+0x%llx", slash ? slash + 1 : path, (unsigned long long)offset);
}
