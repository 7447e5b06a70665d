/* SPDX-License-Identifier: MIT */
/* Source lines through elfutils: see lookup/source_lines.h. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readable_name.h"
#include "lookup/source_lines.h"
#include "typed_scope.h"

struct lines {
    struct modules *modules;
};

struct lines *lines_new(const struct sources *sources)
{
    struct lines *lines = calloc(1, sizeof *lines);

    if (lines)
        lines->modules = modules_new(sources);
    if (lines && lines->modules)
        return lines;
    free(lines);
    return NULL;
}

void lines_free(struct lines *lines)
{
    if (lines)
        modules_free(lines->modules);
    free(lines);
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
    Dwarf_Die scopes[TYPED_SCOPES_MAX];
    Dwarf_Files *files;
    size_t count = dwarf_getsrcfiles(cu, &files, NULL) == 0 ? typed_scopes(cu, address, scopes) : 0;

    for (size_t i = 0; i < count; i++) {
        int tag = dwarf_tag(&scopes[i]);

        if (tag == DW_TAG_inlined_subroutine) {
            add_place(places, name_of(&scopes[i]), &at, true);
            move_to_caller(&scopes[i], files, &at);
        } else if (tag == DW_TAG_subprogram) {
            add_place(places, name_of(&scopes[i]), &at, false);
        }
    }
}

json_t *lines_find(struct lines *lines, const char *path, const char *build_id, uint64_t offset)
{
    struct position at = {0};
    Dwarf_Die unit;

    uint64_t bias;
    struct module *module = modules_find(lines->modules, path, build_id);
    if (!module || !modules_unit(module, offset, &unit, &bias))
        return NULL;
    Dwarf_Line *line = dwarf_getsrc_die(&unit, bias + offset);
    if (line && dwarf_lineno(line, &at.line) == 0)
        at.file = dwarf_linesrc(line, NULL, NULL);
    json_t *places = json_array();
    if (places)
        add_scopes(places, &unit, bias + offset, at);
    if (places && json_array_size(places) == 0 && at.file)
        add_place(places, json_null(), &at, false);
    if (json_array_size(places) == 0) {
        json_decref(places);
        return NULL;
    }
    return places;
}

const char *lines_symbol(struct lines *lines, const char *path, const char *build_id, uint64_t offset)
{
    struct module *module = modules_find(lines->modules, path, build_id);

    return module ? modules_symbol(module, offset) : NULL;
}

void lines_ask(struct lines *lines, const char *path, const char *build_id, struct modules_answer *ret_answer)
{
    modules_ask(lines->modules, path, build_id, ret_answer);
}
