/* SPDX-License-Identifier: MIT */
#include "walk/inlines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "typed_scope.h"

/* A unit of the size below takes some 10 ms; all of a program linked with optimisation at link time may be
 * one unit. */
#define INLINES_UNIT_MAX  ((Dwarf_Off)4 << 20)
#define INLINES_UNITS_MAX 100000

#define INLINES_NAME_BYTES 512
#define INLINES_MADE_BYTES 16384

/* Opened debug information stays open: names point into it, and this process does one report and ends. */
#define INLINES_IMAGES_MAX 16

static struct {
    const uint8_t *image;
    Dwarf *dwarf; /* NULL: none in there */
} opened[INLINES_IMAGES_MAX];

/* libdw reads the image where it is mapped. It writes to it only when it unpacks a compressed section (Go's,
 * gcc -gz): the section's header then says so. The mapping is private. */
static Dwarf *open_debug(const uint8_t *image, size_t size)
{
    if (!image)
        return NULL;
    size_t i = 0;
    for (; i < INLINES_IMAGES_MAX && opened[i].image; i++)
        if (opened[i].image == image)
            return opened[i].dwarf;
    if (i == INLINES_IMAGES_MAX)
        return NULL;
    elf_version(EV_CURRENT);
    opened[i].image = image;
    Elf *elf = elf_memory((char *)(uintptr_t)image, size);
    opened[i].dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    if (!opened[i].dwarf)
        elf_end(elf);
    return opened[i].dwarf;
}

/* Names that are not in the image as they are needed. The process does one report and ends. */
static char made[INLINES_MADE_BYTES];
static size_t made_bytes;

static const char *keep(const char *name)
{
    const size_t size = strlen(name) + 1;
    if (size > sizeof made - made_bytes)
        return NULL;
    made_bytes += size;
    return memcpy(made + made_bytes - size, name, size);
}

static const char *linkage_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

/* The entry that declares the function: it stands in its class or namespace. */
static Dwarf_Die declaration_of(Dwarf_Die *die)
{
    static const unsigned links[] = {DW_AT_abstract_origin, DW_AT_specification};
    Dwarf_Die found = *die, next;
    Dwarf_Attribute attribute;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (dwarf_attr(&found, links[i], &attribute) && dwarf_formref_die(&attribute, &next))
            found = next;
    return found;
}

/*
 * GCC writes no linkage name for what it has only inlined: the names of the scopes around it stand in front. A lambda
 * is named by the function that it is written in.
 */
static const char *scoped_name(Dwarf_Die *die, const char *plain)
{
    Dwarf_Die declaration = declaration_of(die), *scopes = NULL;
    char name[INLINES_NAME_BYTES], inner[INLINES_NAME_BYTES];
    int count = dwarf_getscopes_die(&declaration, &scopes);
    const char *function = NULL;
    snprintf(name, sizeof name, "%s", plain);
    for (int i = 1; i < count && !function; i++) {
        const int tag = dwarf_tag(&scopes[i]);
        const char *scope = dwarf_diename(&scopes[i]);
        if (tag == DW_TAG_subprogram) {
            function = linkage_name(&scopes[i]);
            function = function ? function : scope;
        } else if (tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type) {
            memcpy(inner, name, sizeof inner);
            snprintf(name, sizeof name, "%.250s::%.250s", scope ? scope : "(anonymous namespace)", inner);
        }
    }
    free(scopes);
    return function ? function : strcmp(name, plain) == 0 ? plain : keep(name);
}

/* The name of a function is with the entry that declares it. */
static const char *name_of(Dwarf_Die *die)
{
    const char *name = linkage_name(die), *plain = name ? NULL : dwarf_diename(die);
    return name ? name : plain ? scoped_name(die, plain) : NULL;
}

static bool has_flag(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    bool flag = false;
    return dwarf_attr_integrate(die, name, &attribute) && dwarf_formflag(&attribute, &flag) == 0 && flag;
}

/* From the innermost scope outwards; the function itself ends them. */
static void find_in_unit(Dwarf_Die *unit, struct inlines *inlines)
{
    Dwarf_Die scopes[TYPED_SCOPES_MAX];
    const size_t count = typed_scopes(unit, inlines->address, scopes);
    for (size_t i = 0; i < count && inlines->count < INLINES_MAX; i++) {
        const char *name;
        if (dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine && (name = name_of(&scopes[i]))) {
            inlines->is_noreturn[inlines->count] = has_flag(&scopes[i], DW_AT_noreturn);
            inlines->names[inlines->count++] = name;
        }
    }
}

/* Returns how many of the queries the unit has answered. */
static size_t answer_unit(Dwarf_Die *unit, Dwarf_Off bytes, struct inlines *queries, size_t count)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        if (queries[i].is_done || dwarf_haspc(unit, queries[i].address) != 1)
            continue;
        queries[i].is_done = true;
        done++;
        if (bytes <= INLINES_UNIT_MAX)
            find_in_unit(unit, &queries[i]);
    }
    return done;
}

static void answer(Dwarf *dwarf, struct inlines *queries, size_t count)
{
    Dwarf_Off at = 0, next;
    size_t header, left = count;
    for (size_t i = 0; i < INLINES_UNITS_MAX && left; i++, at = next) {
        Dwarf_Die unit;
        if (dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) != 0)
            return;
        if (dwarf_offdie(dwarf, at + header, &unit))
            left -= answer_unit(&unit, next - at, queries, count);
    }
}

Dwarf *inlines_debug(const struct module *module)
{
    Dwarf *dwarf = open_debug(module->image, module->image_size);
    return dwarf ? dwarf : open_debug(module->debug_image, module->debug_size);
}

void inlines_find(const struct module *module, struct inlines *queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        queries[i].count = 0;
        queries[i].is_done = false;
    }
    Dwarf *dwarf = inlines_debug(module);
    if (dwarf)
        answer(dwarf, queries, count);
}
