/* SPDX-License-Identifier: MIT */
#include "typed_locals.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "typed_deadline.h"
#include "typed_place.h"

#define LOCALS_MAX  1024
#define ENTRIES_MAX 65536 /* of one scope */

struct walk {
    uint64_t pc;
    struct typed_scene scene;
    int64_t deadline_ms;
    typed_take_local *take;
    void *context;
    int count;
    bool has_ended, is_late;
};

static void give(struct walk *walk, Dwarf_Die *die, const char *name, unsigned inlined)
{
    struct typed_location location;
    struct typed_local local = {
        .name = name,
        .inlined = inlined,
        .is_argument = dwarf_tag(die) == DW_TAG_formal_parameter,
        .type = typed_type_of(die),
    };
    local.note = typed_place_of(die, walk->pc, &walk->scene, &location);
    if (!local.note && location.kind == TYPED_AT_ADDRESS)
        local.value.address = location.address;
    else if (!local.note)
        local.value =
            (struct typed_value){.bytes = location.bytes, .known = location.known, .size = location.size};
    struct typed_type bare = typed_bare(&local.type);
    uint64_t elements = 0;
    if (!local.note && typed_dimensions(&bare, &elements, 1) && !elements)
        local.value.elements = typed_place_elements(&bare.die, walk->pc, &walk->scene);
    walk->count++;
    walk->has_ended = !walk->take(&local, walk->context) || walk->count == LOCALS_MAX;
}

/* What the compiler made for itself. */
static bool is_wanted(Dwarf_Die *die, const char *name)
{
    const int tag = dwarf_tag(die);
    if (!name || !*name || (tag != DW_TAG_variable && tag != DW_TAG_formal_parameter))
        return false;
    return !dwarf_hasattr(die, DW_AT_declaration) && strcmp(name, "__func__") != 0 &&
           strcmp(name, "__FUNCTION__") != 0 && strcmp(name, "__PRETTY_FUNCTION__") != 0;
}

static void take_scope(struct walk *walk, Dwarf_Die *scope, unsigned inlined)
{
    Dwarf_Die die;
    if (dwarf_child(scope, &die) != 0)
        return;
    int entries = 0;
    do {
        const char *name = dwarf_diename(&die);
        walk->is_late = typed_is_late(walk->deadline_ms);
        if (is_wanted(&die, name))
            give(walk, &die, name, inlined);
    } while (!walk->is_late && !walk->has_ended && ++entries < ENTRIES_MAX &&
             dwarf_siblingof(&die, &die) == 0);
}

/* The index of the function that the scopes belong to, or -1. */
static int find_function(Dwarf_Die *chain, int count)
{
    for (int i = 0; i < count; i++)
        if (dwarf_tag(&chain[i]) == DW_TAG_subprogram)
            return i;
    return -1;
}

int typed_locals(Dwarf_Die *unit, uint64_t pc, const struct typed_frame *frame,
                 const struct typed_memory *memory, int64_t deadline_ms, typed_take_local *take,
                 void *context)
{
    struct walk walk = {.pc = pc,
                        .scene = {.frame = frame, .memory = memory},
                        .deadline_ms = deadline_ms,
                        .take = take,
                        .context = context};
    Dwarf_Die *around = NULL, *chain = NULL;
    unsigned inlined = 0;
    /* dwarf_getscopes goes on, from an inlined function, with those around its definition. */
    int count = dwarf_getscopes(unit, pc, &around);
    count = count > 0 ? dwarf_getscopes_die(&around[0], &chain) : 0;
    const int function = find_function(chain, count);
    if (function >= 0)
        typed_place_base(&chain[function], pc, &walk.scene);
    for (int i = 0; i <= function && !walk.has_ended && !walk.is_late; i++) {
        take_scope(&walk, &chain[i], inlined);
        inlined += dwarf_tag(&chain[i]) == DW_TAG_inlined_subroutine;
    }
    free(chain);
    free(around);
    return function < 0 ? -ENOENT : walk.is_late ? -ETIME : walk.count;
}
