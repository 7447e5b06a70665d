/* SPDX-License-Identifier: MIT */
/* Source lines through elfutils: see lookup/source_lines.h. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/build_id.h"
#include "read/find.h"
#include "readable_name.h"
#include "lookup/source_lines.h"
#include "lookup/units.h"

#define DEBUG_DIR "/usr/lib/debug"

/* A module that was asked for, with or without debug information. */
struct module {
    struct module *next;
    char *path, *build_id;
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: no file with that build-id */
    Dwarf_Addr bias; /* what the addresses of the file's debug information have more than the file's own */
    struct units *units; /* NULL: no debug information */
};

struct lines {
    struct module *modules;
};

struct lines *lines_new(void)
{
    return calloc(1, sizeof(struct lines));
}

void lines_free(struct lines *lines)
{
    for (struct module *next, *module = lines ? lines->modules : NULL; module; module = next) {
        next = module->next;
        units_free(module->units);
        if (module->dwfl)
            dwfl_end(module->dwfl);
        free(module->path);
        free(module->build_id);
        free(module);
    }
    free(lines);
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
    Dwarf *dwarf = dwfl_module_getdwarf(module->module, &dwarf_bias);

    if (!dwarf || !dwfl_module_getelf(module->module, &elf_bias))
        return;
    module->bias = elf_bias - dwarf_bias;
    module->units = units_new(dwarf);
}

static struct module *find_module(struct lines *lines, const char *path, const char *build_id)
{
    char debug[sizeof DEBUG_DIR + ELF_ID_BYTES + 32];
    struct module *module = lines->modules;

    while (module && (strcmp(module->path, path) != 0 || strcmp(module->build_id, build_id) != 0))
        module = module->next;
    if (module)
        return module;
    module = calloc(1, sizeof *module);
    if (!module)
        return NULL;
    module->next = lines->modules;
    lines->modules = module;
    module->path = strdup(path);
    module->build_id = strdup(build_id);
    if (!module->path || !module->build_id)
        return NULL;
    snprintf(debug, sizeof debug, DEBUG_DIR "/.build-id/%.2s/%s.debug", build_id, build_id + 2);
    if (try_file(module, path) < 0)
        (void)try_file(module, debug);
    if (module->module)
        open_units(module);
    return module;
}

/* A function's name with its namespaces, where the compiler wrote them down. */
static json_t *name_of(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));

    if (!name)
        name = dwarf_diename(die);
    char readable[NAME_LINE_BYTES];
    if (name)
        (void)name_readable(name, strlen(name), readable, sizeof readable);
    json_t *json = name ? json_string(readable) : NULL;
    return json ? json : json_null();
}

struct position {
    const char *file;
    int line;
};

static void add_place(json_t *places, json_t *function, const struct position *at, bool inlined)
{
    json_t *place = json_object(), *file = at->file ? json_string(at->file) : NULL; /* NULL if not UTF-8 */

    json_object_set_new(place, "function", function);
    json_object_set_new(place, "file", file ? file : json_null());
    json_object_set_new(place, "line", json_integer(at->line));
    json_object_set_new(place, "inlined", json_boolean(inlined));
    json_array_append_new(places, place);
}

/* From where an inlined function was called: a position in the function around it. */
static void move_to_caller(Dwarf_Die *inlined, Dwarf_Files *files, struct position *at)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0, line = 0;

    *at = (struct position){0};
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) == 0)
        at->file = dwarf_filesrc(files, file, NULL, NULL);
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0 && line < 100000000)
        at->line = (int)line;
}

/* Walk outwards from the innermost scope of an address, to the function that it belongs to. */
static void add_scopes(json_t *places, Dwarf_Die *cu, Dwarf_Addr address, struct position at)
{
    Dwarf_Die *around = NULL, *chain = NULL;
    Dwarf_Files *files;
    int n = dwarf_getscopes(cu, address, &around);

    if (n > 0 && dwarf_getsrcfiles(cu, &files, NULL) == 0) {
        n = dwarf_getscopes_die(&around[0], &chain);
        for (int i = 0; i < n; i++) {
            int tag = dwarf_tag(&chain[i]);

            if (tag == DW_TAG_inlined_subroutine) {
                add_place(places, name_of(&chain[i]), &at, true);
                move_to_caller(&chain[i], files, &at);
            } else if (tag == DW_TAG_subprogram) {
                add_place(places, name_of(&chain[i]), &at, false);
                break;
            }
        }
    }
    free(chain);
    free(around);
}

json_t *lines_find(struct lines *lines, const char *path, const char *build_id, uint64_t offset)
{
    struct position at = {0};
    Dwarf_Die unit;

    if (path[0] != '/' || strlen(build_id) < 4 || strlen(build_id) >= ELF_ID_BYTES ||
        strspn(build_id, "0123456789abcdef") != strlen(build_id))
        return NULL;
    struct module *module = find_module(lines, path, build_id);
    if (!module || !module->units || !units_find(module->units, module->bias + offset, &unit))
        return NULL;
    Dwarf_Line *line = dwarf_getsrc_die(&unit, module->bias + offset);
    if (line && dwarf_lineno(line, &at.line) == 0)
        at.file = dwarf_linesrc(line, NULL, NULL);
    json_t *places = json_array();
    if (places)
        add_scopes(places, &unit, module->bias + offset, at);
    if (places && json_array_size(places) == 0 && at.file)
        add_place(places, json_null(), &at, false);
    if (json_array_size(places) == 0) {
        json_decref(places);
        return NULL;
    }
    return places;
}
