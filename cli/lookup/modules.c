/* SPDX-License-Identifier: MIT */
/* Files of modules through elfutils: see lookup/modules.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lookup/alternate.h"
#include "lookup/elf_file.h"
#include "lookup/modules.h"
#include "lookup/units.h"
#include "lookup/zstd_sections.h"

#define PAGE 4096

/* A module that was asked for, with or without debug information. */
struct module {
    struct module *next;
    char *path, *build_id;
    const struct sources *sources;
    bool is_file; /* not only a debug file, which has no code and no data */
    bool has_looked, has_asked;
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: no file with that build-id */
    Dwarf_Addr bias; /* what the addresses of the file's debug information have more than the file's own */
    struct units *units; /* NULL: no debug information */
    struct alternate alternate;
    struct zstd_sections unpacked; /* where elfutils cannot read the debug information */
};

struct modules {
    const struct sources *sources;
    struct module *first;
};

struct modules *modules_new(const struct sources *sources)
{
    struct modules *modules = calloc(1, sizeof *modules);

    if (modules)
        modules->sources = sources;
    return modules;
}

void modules_free(struct modules *modules)
{
    for (struct module *next, *module = modules ? modules->first : NULL; module; module = next) {
        next = module->next;
        units_free(module->units);
        if (module->dwfl)
            dwfl_end(module->dwfl);
        zstd_sections_close(&module->unpacked);
        alternate_close(&module->alternate);
        free(module->path);
        free(module->build_id);
        free(module);
    }
    free(modules);
}

struct search {
    const char *build_id;
    enum elf_file_need need;
    int fd;
    char *path;
};

static bool take(const char *path, void *context)
{
    struct search *search = context;

    search->fd = elf_file_open(path, search->build_id, search->need);
    search->path = search->fd >= 0 ? strdup(path) : NULL;
    return search->fd >= 0;
}

/* The first file that has what is needed. Returns a descriptor or -1; the caller frees *ret_path. */
static int search_file(const struct module *module, enum elf_file_need need, char **ret_path)
{
    struct search search = {module->build_id, need, -1, NULL};

    if (!sources_each(module->sources, module->path, module->build_id, take, &search))
        return -1;
    *ret_path = search.path;
    return search.fd;
}

/* elfutils asks where the debug information is that the module's file lacks; once more for its common parts, which
 * elfutils finds by itself or alternate_open does. */
static int find_units(Dwfl_Module *dwfl_module, void **userdata, const char *name, Dwarf_Addr base,
                      const char *file, const char *link, GElf_Word checksum, char **ret_path)
{
    struct module *module = *userdata;
    int fd = -1;

    if (module && !module->has_asked) {
        module->has_asked = true;
        fd = search_file(module, ELF_FILE_UNITS, ret_path);
    }
    return fd >= 0 ? fd
                   : dwfl_standard_find_debuginfo(dwfl_module, userdata, name, base, file, link, checksum,
                                                  ret_path);
}

/* Let elfutils look at the best file there is: one with code, which its debug file then belongs to, or a debug file. */
static void open_file(struct module *module)
{
    static const Dwfl_Callbacks callbacks = {
        .find_debuginfo = find_units,
        .section_address = dwfl_offline_section_address,
    };
    char *path = NULL;
    void **userdata;
    int fd = search_file(module, ELF_FILE_CODE, &path);

    module->is_file = fd >= 0;
    if (fd < 0)
        fd = search_file(module, ELF_FILE_ANY, &path);
    module->dwfl = fd >= 0 && path ? dwfl_begin(&callbacks) : NULL;
    if (module->dwfl) {
        module->module = dwfl_report_offline(module->dwfl, path, path, fd); /* owns fd where it succeeds */
        dwfl_report_end(module->dwfl, NULL, NULL);
    }
    if (module->module && dwfl_module_info(module->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL))
        *userdata = module;
    if (!module->module && fd >= 0)
        close(fd);
    free(path);
}

static void read_units(struct module *module, Dwarf *dwarf)
{
    alternate_open(dwarf, module->sources, &module->alternate);
    module->units = units_new(dwarf);
    if (module->units && units_is_empty(module->units)) {
        units_free(module->units);
        module->units = NULL;
    }
}

static void open_unpacked(struct module *module)
{
    char *path;
    int fd = search_file(module, ELF_FILE_ZSTD, &path);

    if (fd < 0)
        return;
    if (zstd_sections_open(fd, &module->unpacked)) {
        alternate_close(&module->alternate);
        module->bias = 0; /* nobody moves addresses of such files, as prelink(8) did */
        read_units(module, module->unpacked.dwarf);
    }
    close(fd);
    free(path);
}

/* The debug information may be in a file of its own, which may have been linked to other addresses. */
static void open_units(struct module *module)
{
    Dwarf_Addr elf_bias, dwarf_bias;

    if (module->has_looked)
        return;
    module->has_looked = true;
    Dwarf *dwarf = dwfl_module_getdwarf(module->module, &dwarf_bias);
    if (dwarf && dwfl_module_getelf(module->module, &elf_bias)) {
        module->bias = elf_bias - dwarf_bias;
        read_units(module, dwarf);
    }
    if (!module->units)
        open_unpacked(module);
}

static bool is_sane(const char *path, const char *build_id)
{
    return path[0] == '/' && strlen(build_id) >= 4 && strlen(build_id) < ELF_ID_BYTES &&
           strspn(build_id, "0123456789abcdef") == strlen(build_id);
}

struct module *modules_find(struct modules *modules, const char *path, const char *build_id)
{
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
    module->sources = modules->sources;
    module->alternate.fd = -1;
    modules->first = module;
    module->path = strdup(path);
    module->build_id = strdup(build_id);
    if (!module->path || !module->build_id)
        return NULL;
    open_file(module);
    return module->module ? module : NULL;
}

static enum modules_lack judge_own(const char *path, const char *wanted, struct modules_answer *answer)
{
    int error = elf_id_read(path, answer->found);

    if (error == 0 && strcmp(answer->found, wanted) == 0)
        return MODULES_UNREADABLE; /* it is right, and elfutils cannot read it */
    if (error < 0)
        answer->found[0] = '\0';
    if (error == 0 || error == -ENODATA || error == -EINVAL)
        return MODULES_CHANGED;
    return error == -ENOENT || error == -ENOTDIR ? MODULES_GONE : MODULES_UNREADABLE;
}

void modules_ask(struct modules *modules, const char *path, const char *build_id,
                 struct modules_answer *ret_answer)
{
    *ret_answer = (struct modules_answer){.lack = MODULES_LACK_NOTHING};
    char own[sizeof ret_answer->path];
    if (!sources_own(modules->sources, path, own, sizeof own) ||
        !sources_shown(modules->sources, own, ret_answer->path, sizeof ret_answer->path))
        return;
    if (!build_id || !is_sane(path, build_id)) {
        ret_answer->lack = MODULES_NAMELESS;
        return;
    }
    struct module *module = modules_find(modules, path, build_id);
    if (!module)
        ret_answer->lack = judge_own(own, build_id, ret_answer);
    else if (!modules_has_units(module))
        ret_answer->lack = MODULES_STRIPPED;
    else if (module->alternate.id[0])
        ret_answer->lack = MODULES_IN_PART;
    if (ret_answer->lack)
        snprintf(ret_answer->wanted, sizeof ret_answer->wanted, "%s",
                 ret_answer->lack == MODULES_IN_PART ? module->alternate.id : build_id);
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
    GElf_Off distance;
    GElf_Sym symbol;

    if (!dwfl_module_getelf(module->module, &bias))
        return NULL;
    const char *name =
        dwfl_module_addrinfo(module->module, offset + bias, &distance, &symbol, NULL, NULL, NULL);
    /* Without a size it may be the label before another function: the writer has looked at the code. */
    return name && symbol.st_size ? name : NULL;
}
