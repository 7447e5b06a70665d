/* SPDX-License-Identifier: MIT */
#include "typed_call.h"

#include <dwarf.h>
#include <string.h>

#include "typed_place.h"
#include "typed_scope.h"

#define ENTRIES_MAX 65536
#define DEPTH_MAX   64

static const char *name_of(Dwarf_Die *function)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute));
    return name ? name : dwarf_diename(function);
}

const char *typed_call_name(Dwarf_Die *unit, uint64_t pc)
{
    Dwarf_Die scopes[TYPED_SCOPES_MAX];
    const size_t count = typed_scopes(unit, pc, scopes);
    return count ? name_of(&scopes[count - 1]) : NULL;
}

static bool returns_to(Dwarf_Die *call, uint64_t pc)
{
    Dwarf_Attribute attribute;
    Dwarf_Addr address;
    const unsigned name = dwarf_tag(call) == DW_TAG_call_site ? DW_AT_call_return_pc : DW_AT_low_pc;
    return dwarf_formaddr(dwarf_attr(call, name, &attribute), &address) == 0 && address == pc;
}

static bool find_call(Dwarf_Die *parent, uint64_t pc, Dwarf_Die *ret_call, int depth, unsigned *left)
{
    Dwarf_Die die;
    if (depth == DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return false;
    do {
        const int tag = dwarf_tag(&die);
        if ((tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site) && returns_to(&die, pc)) {
            *ret_call = die;
            return true;
        }
        if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) &&
            find_call(&die, pc, ret_call, depth + 1, left))
            return true;
    } while (*left && --*left && dwarf_siblingof(&die, &die) == 0);
    return false;
}

/* Whether it is a plain call of that function. A call through a pointer may have gone anywhere. */
static bool is_call_of(Dwarf_Die *call, const char *callee)
{
    Dwarf_Attribute attribute;
    Dwarf_Die function;
    const unsigned name = dwarf_tag(call) == DW_TAG_call_site ? DW_AT_call_origin : DW_AT_abstract_origin;
    if (!callee || !dwarf_formref_die(dwarf_attr(call, name, &attribute), &function))
        return false;
    const char *called = name_of(&function);
    return called && strcmp(called, callee) == 0;
}

static bool is_in_register(Dwarf_Die *parameter, unsigned number)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    return dwarf_getlocation(dwarf_attr(parameter, DW_AT_location, &attribute), &operations, &count) == 0 &&
           count == 1 && operations[0].atom == DW_OP_reg0 + number;
}

static bool evaluate(Dwarf_Die *parameter, const struct typed_scene *scene, uint64_t *ret_word)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    const unsigned name =
        dwarf_tag(parameter) == DW_TAG_call_site_parameter ? DW_AT_call_value : DW_AT_GNU_call_site_value;
    return dwarf_getlocation(dwarf_attr(parameter, name, &attribute), &operations, &count) == 0 &&
           !typed_evaluate_word(&attribute, operations, count, scene, ret_word);
}

bool typed_call_read(Dwarf_Die *unit, uint64_t return_pc, const char *callee, unsigned number,
                     const struct typed_frame *caller, const struct typed_memory *memory, uint64_t *ret_word)
{
    struct typed_scene scene = {.frame = caller, .memory = memory};
    Dwarf_Die scopes[TYPED_SCOPES_MAX], call, parameter;
    unsigned left = ENTRIES_MAX;
    const size_t count = number <= 15 && return_pc ? typed_scopes(unit, return_pc - 1, scopes) : 0;
    if (!count || !find_call(&scopes[count - 1], return_pc, &call, 0, &left) || !is_call_of(&call, callee) ||
        dwarf_child(&call, &parameter) != 0)
        return false;
    typed_place_base(&scopes[count - 1], return_pc - 1, &scene);
    do {
        const int tag = dwarf_tag(&parameter);
        if ((tag == DW_TAG_call_site_parameter || tag == DW_TAG_GNU_call_site_parameter) &&
            is_in_register(&parameter, number))
            return evaluate(&parameter, &scene, ret_word);
    } while (dwarf_siblingof(&parameter, &parameter) == 0);
    return false;
}
