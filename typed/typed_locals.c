/* SPDX-License-Identifier: MIT */
#include "typed_locals.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "typed_deadline.h"
#include "typed_place.h"
#include "typed_scope.h"

#define LOCALS_MAX   1024
#define ENTRIES_MAX  65536 /* of one scope */
#define LEFT_OUT_MAX 512   /* variables of a definition, each looked for among as many */

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

/* Whether a scope has a variable of its own for one of its definition. */
static bool has_instance(Dwarf_Die *scope, Dwarf_Die *wanted)
{
    Dwarf_Die die, origin;
    Dwarf_Attribute attribute;
    int entries = 0;
    if (dwarf_child(scope, &die) != 0)
        return false;
    do {
        if (dwarf_formref_die(dwarf_attr(&die, DW_AT_abstract_origin, &attribute), &origin) &&
            origin.addr == wanted->addr)
            return true;
    } while (++entries < LEFT_OUT_MAX && dwarf_siblingof(&die, &die) == 0);
    return false;
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

/* Of an inlined function the compiler may have left out whole variables: its definition still has their names. */
static void take_left_out(struct walk *walk, Dwarf_Die *scope, unsigned inlined)
{
    Dwarf_Die definition, die;
    Dwarf_Attribute attribute;
    int entries = 0;
    if (!dwarf_formref_die(dwarf_attr(scope, DW_AT_abstract_origin, &attribute), &definition) ||
        dwarf_child(&definition, &die) != 0)
        return;
    do {
        const char *name = dwarf_diename(&die);
        walk->is_late = typed_is_late(walk->deadline_ms);
        if (is_wanted(&die, name) && !has_instance(scope, &die))
            give(walk, &die, name, inlined);
    } while (!walk->is_late && !walk->has_ended && ++entries < LEFT_OUT_MAX &&
             dwarf_siblingof(&die, &die) == 0);
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
    Dwarf_Die scopes[TYPED_SCOPES_MAX];
    unsigned inlined = 0;
    const size_t count = typed_scopes(unit, pc, scopes);
    if (!count)
        return -ENOENT;
    typed_place_base(&scopes[count - 1], pc, &walk.scene);
    for (size_t i = 0; i < count && !walk.has_ended && !walk.is_late; i++) {
        take_scope(&walk, &scopes[i], inlined);
        take_left_out(&walk, &scopes[i], inlined);
        inlined += dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine;
    }
    return walk.is_late ? -ETIME : walk.count;
}
