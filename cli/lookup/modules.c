/* SPDX-License-Identifier: MIT */
/* Files of modules through elfutils: see lookup/modules.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lookup/modules.h"
#include "lookup/units.h"
#include "read/build_id.h"
#include "read/find.h"

#define DEBUG_DIR "/usr/lib/debug"
#define PAGE      4096

/* A module that was asked for, with or without debug information. */
struct module {
    struct module *next;
    char *path, *build_id;
    bool is_file; /* its own, not the debug file, which has no code and no data */
    bool has_looked;
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: no file with that build-id */
    Dwarf_Addr bias; /* what the addresses of the file's debug information have more than the file's own */
    struct units *units; /* NULL: no debug information */
};

struct modules {
    struct module *first;
};

struct modules *modules_new(void)
{
    return calloc(1, sizeof(struct modules));
}

void modules_free(struct modules *modules)
{
    for (struct module *next, *module = modules ? modules->first : NULL; module; module = next) {
        next = module->next;
        units_free(module->units);
        if (module->dwfl)
            dwfl_end(module->dwfl);
        free(module->path);
        free(module->build_id);
        free(module);
    }
    free(modules);
}

/* Let elfutils look at a file; it stays if it has the build-id that is wanted. */
static int try_file(struct module *module, const char *path)
{
    static const Dwfl_Callbacks callbacks = {
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
    };
    char id[ELF_ID_BYTES];

    if (elf_id_read(path, id) < 0 || strcmp(id, module->build_id) != 0)
        return -ENOENT;
    int fd = find_open_regular(path, 0);
    if (fd < 0)
        return fd;
    module->dwfl = dwfl_begin(&callbacks);
    if (!module->dwfl) {
        close(fd);
        return -ENOMEM;
    }
    module->module = dwfl_report_offline(module->dwfl, path, path, fd); /* owns fd where it succeeds */
    dwfl_report_end(module->dwfl, NULL, NULL);
    if (!module->module) {
        close(fd);
        dwfl_end(module->dwfl);
        module->dwfl = NULL;
        return -ENOENT;
    }
    return 0;
}

/* The debug information may be in a file of its own, which may have been linked to other addresses. */
static void open_units(struct module *module)
{
    Dwarf_Addr elf_bias, dwarf_bias;

    if (module->has_looked)
        return;
    module->has_looked = true;
    Dwarf *dwarf = dwfl_module_getdwarf(module->module, &dwarf_bias);
    if (!dwarf || !dwfl_module_getelf(module->module, &elf_bias))
        return;
    module->bias = elf_bias - dwarf_bias;
    module->units = units_new(dwarf);
}

static bool is_sane(const char *path, const char *build_id)
{
    return path[0] == '/' && strlen(build_id) >= 4 && strlen(build_id) < ELF_ID_BYTES &&
           strspn(build_id, "0123456789abcdef") == strlen(build_id);
}

struct module *modules_find(struct modules *modules, const char *path, const char *build_id)
{
    char debug[sizeof DEBUG_DIR + ELF_ID_BYTES + 32];
    struct module *module = modules->first;

    if (!is_sane(path, build_id))
        return NULL;
    while (module && (strcmp(module->path, path) != 0 || strcmp(module->build_id, build_id) != 0))
        module = module->next;
    if (module)
        return module->module ? module : NULL;
    module = calloc(1, sizeof *module);
    if (!module)
        return NULL;
    module->next = modules->first;
    modules->first = module;
    module->path = strdup(path);
    module->build_id = strdup(build_id);
    if (!module->path || !module->build_id)
        return NULL;
    snprintf(debug, sizeof debug, DEBUG_DIR "/.build-id/%.2s/%s.debug", build_id, build_id + 2);
    module->is_file = try_file(module, path) == 0;
    if (!module->is_file)
        (void)try_file(module, debug);
    return module->module ? module : NULL;
}

bool modules_has_units(struct module *module)
{
    open_units(module);
    return module->units != NULL;
}

bool modules_unit(struct module *module, uint64_t offset, Dwarf_Die *ret_unit, uint64_t *ret_bias)
{
    if (!modules_has_units(module) || !units_find(module->units, module->bias + offset, ret_unit))
        return false;
    *ret_bias = module->bias;
    return true;
}

/* The next loadable segment from the header *number on. */
static bool next_segment(const struct module *module, size_t *number, GElf_Phdr *ret_header)
{
    GElf_Addr bias;
    Elf *elf = dwfl_module_getelf(module->module, &bias);
    size_t count;

    if (!elf || elf_getphdrnum(elf, &count) != 0)
        return false;
    while (*number < count)
        if (gelf_getphdr(elf, (int)(*number)++, ret_header) && ret_header->p_type == PT_LOAD)
            return true;
    return false;
}

uint64_t modules_start(const struct module *module)
{
    size_t number = 0;
    GElf_Phdr header;

    return next_segment(module, &number, &header) ? header.p_vaddr & ~(uint64_t)(PAGE - 1) : 0;
}

bool modules_read(const struct module *module, uint64_t offset, void *bytes, size_t size)
{
    size_t number = 0, file_size;
    GElf_Phdr header;
    GElf_Addr bias;
    Elf *elf = dwfl_module_getelf(module->module, &bias);
    const char *file = elf && module->is_file ? elf_rawfile(elf, &file_size) : NULL;

    while (file && next_segment(module, &number, &header)) {
        if ((header.p_flags & PF_W) || offset < header.p_vaddr ||
            offset - header.p_vaddr >= header.p_filesz || size > header.p_filesz - (offset - header.p_vaddr))
            continue;
        uint64_t at = header.p_offset + (offset - header.p_vaddr);
        if (at < header.p_offset || at > file_size || size > file_size - at)
            return false;
        memcpy(bytes, file + at, size);
        return true;
    }
    return false;
}

const char *modules_symbol(const struct module *module, uint64_t offset)
{
    GElf_Addr bias;

    if (!dwfl_module_getelf(module->module, &bias))
        return NULL;
    return dwfl_module_addrname(module->module, offset + bias);
}
