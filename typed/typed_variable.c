/* SPDX-License-Identifier: MIT */
#include "typed_variable.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "typed_deadline.h"

#define DEPTH_MAX   64
#define UNITS_MAX   1000000
#define CHECK_EVERY 256 /* entries between looks at the clock */

/* Which variables count more than others. */
enum rank { RANK_NONE = 0, RANK_DECLARED, RANK_OF_FUNCTION, RANK_STATIC, RANK_GLOBAL };

struct search {
    const char *name, *last; /* last: behind the namespaces */
    int64_t deadline_ms;
    unsigned entries;
    bool is_late, is_in_functions;
    enum rank rank;
    struct typed_variable found;
};

static bool is_late(struct search *search)
{
    if (++search->entries % CHECK_EVERY == 0)
        search->is_late |= typed_is_late(search->deadline_ms);
    return search->is_late;
}

static bool read_constant(const Dwarf_Op *operation, uint64_t *ret)
{
    switch (operation->atom) {
    case DW_OP_const4u:
    case DW_OP_const8u:
    case DW_OP_const4s:
    case DW_OP_const8s:
    case DW_OP_constu:
    case DW_OP_addr:
        *ret = operation->number;
        return true;
    default:
        return false;
    }
}

/* An address or number that stands in a table of its own (DWARF 5, split debug information). */
static bool read_indexed(Dwarf_Attribute *location, const Dwarf_Op *operation, uint64_t *ret)
{
    Dwarf_Attribute attribute;
    Dwarf_Addr address;
    Dwarf_Word word;
    if (dwarf_getlocation_attr(location, operation, &attribute) != 0)
        return false;
    if (dwarf_formaddr(&attribute, &address) == 0) {
        *ret = address;
        return true;
    }
    if (dwarf_formudata(&attribute, &word) != 0)
        return false;
    *ret = word;
    return true;
}

static bool read_first(Dwarf_Attribute *location, const Dwarf_Op *operation, uint64_t *ret)
{
    switch (operation->atom) {
    case DW_OP_addrx:
    case DW_OP_constx:
    case DW_OP_GNU_addr_index:
    case DW_OP_GNU_const_index:
        return read_indexed(location, operation, ret);
    default:
        return read_constant(operation, ret);
    }
}

/* An address, perhaps with something added to it, or an offset in the thread's block. */
static void read_place(Dwarf_Die *die, struct typed_variable *variable)
{
    Dwarf_Attribute location;
    Dwarf_Op *operations;
    size_t count;
    uint64_t first = 0;
    if (!dwarf_attr_integrate(die, DW_AT_location, &location) ||
        dwarf_getlocation(&location, &operations, &count) != 0 || count == 0 || count > 2 ||
        !read_first(&location, &operations[0], &first))
        return;
    const int atom = count == 2 ? operations[1].atom : 0;
    variable->is_thread_local = atom == DW_OP_form_tls_address || atom == DW_OP_GNU_push_tls_address;
    if (variable->is_thread_local) {
        variable->tls_offset = first;
        variable->has_place = true;
    } else if (operations[0].atom == DW_OP_addr || operations[0].atom == DW_OP_addrx ||
               operations[0].atom == DW_OP_GNU_addr_index) {
        variable->address = first + (atom == DW_OP_plus_uconst ? operations[1].number : 0);
        variable->has_place = count == 1 || atom == DW_OP_plus_uconst;
    }
}

/* Whether the entries around a variable have the names before the last "::". Of a static member, whose
 * definition stands outside of its class, those around the declaration. */
static bool is_qualified(struct search *search, Dwarf_Die *die)
{
    Dwarf_Die declared = *die, *scopes = NULL;
    Dwarf_Attribute attribute;
    if (search->last == search->name)
        return true;
    (void)dwarf_formref_die(dwarf_attr(die, DW_AT_specification, &attribute), &declared);
    const int count = dwarf_getscopes_die(&declared, &scopes);
    const char *end = search->last - 2;
    bool fits = true;
    for (int i = 1; i < count && fits && end > search->name; i++) {
        const char *scope = dwarf_diename(&scopes[i]);
        const int tag = dwarf_tag(&scopes[i]);
        const size_t size = scope ? strlen(scope) : 0;
        if (!scope || tag == DW_TAG_compile_unit || tag == DW_TAG_lexical_block)
            continue;
        fits = size <= (size_t)(end - search->name) && memcmp(end - size, scope, size) == 0 &&
               (end - size == search->name || end[-(ptrdiff_t)size - 1] == ':');
        end -= size;
        end -= end > search->name ? 2 : 0;
    }
    free(scopes);
    return fits && end <= search->name;
}

/* Whether an entry is what is searched: by its name, or as symbols spell it. */
static bool is_searched(struct search *search, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_diename(die);
    if (name && strcmp(name, search->last) == 0)
        return is_qualified(search, die);
    if (strncmp(search->name, "_Z", 2) != 0)
        return false;
    name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    return name && strcmp(name, search->name) == 0;
}

static void take_variable(struct search *search, Dwarf_Die *die, bool is_in_function)
{
    struct typed_variable variable = {0};
    Dwarf_Attribute attribute;
    bool is_external = false;
    if (!is_searched(search, die))
        return;
    (void)dwarf_formflag(dwarf_attr_integrate(die, DW_AT_external, &attribute), &is_external);
    read_place(die, &variable);
    const enum rank rank = !variable.has_place ? RANK_DECLARED
                           : is_in_function    ? RANK_OF_FUNCTION
                           : is_external       ? RANK_GLOBAL
                                               : RANK_STATIC;
    if (rank < search->rank)
        return;
    if (rank > search->rank) {
        variable.type = typed_type_of(die);
        search->found = variable;
        search->rank = rank;
    }
    search->found.count += variable.has_place;
}

static bool is_function_part(int tag)
{
    return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block;
}

static void look_into(struct search *search, Dwarf_Die *parent, bool is_in_function, int depth)
{
    Dwarf_Die die;
    if (depth == DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        const int tag = dwarf_tag(&die);
        if (is_late(search))
            return;
        if (tag == DW_TAG_variable && is_in_function == search->is_in_functions)
            take_variable(search, &die, is_in_function);
        else if (tag == DW_TAG_namespace || tag == DW_TAG_module ||
                 (search->is_in_functions && is_function_part(tag)))
            look_into(search, &die, is_in_function || is_function_part(tag), depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static void look_into_units(struct search *search, Dwarf *dwarf)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, split;
    uint8_t kind;
    for (int i = 0; i < UNITS_MAX && !search->is_late; i++) {
        if (dwarf_get_units(dwarf, unit, &unit, NULL, &kind, &die, &split) != 0)
            return;
        search->is_late |= typed_is_late(search->deadline_ms);
        if (kind == DW_UT_type || kind == DW_UT_split_type)
            continue;
        look_into(search, kind == DW_UT_skeleton && split.addr ? &split : &die, false, 0);
    }
}

bool typed_find_variable(Dwarf *dwarf, const char *name, int64_t deadline_ms, struct typed_variable *ret)
{
    const char *last = name;
    for (const char *colons; (colons = strstr(last, "::"));)
        last = colons + 2;
    struct search search = {.name = name, .last = last, .deadline_ms = deadline_ms};
    look_into_units(&search, dwarf);
    if (search.rank <= RANK_DECLARED) {
        search.is_in_functions = true;
        look_into_units(&search, dwarf);
    }
    if (search.rank == RANK_NONE)
        return false;
    *ret = search.found;
    return true;
}
