/* SPDX-License-Identifier: MIT */
#include "typed_scope.h"

#include <dwarf.h>
#include <stdbool.h>

#define DEPTH_MAX   32      /* of namespaces and classes */
#define ENTRIES_MAX 4000000 /* of a unit */

static bool may_have_functions(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
           tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

struct search {
    Dwarf_Addr pc;
    unsigned left;
    bool is_deep; /* also in other functions: gcc puts a lambda's code into the function around it */
};

static bool find_function(struct search *search, Dwarf_Die *parent, Dwarf_Die *ret_function, int depth)
{
    Dwarf_Die die;
    if (depth == DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return false;
    do {
        const int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram && dwarf_haspc(&die, search->pc) > 0) {
            *ret_function = die;
            return true;
        }
        const bool may_have = may_have_functions(tag) ||
                              (search->is_deep && (tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block));
        if (may_have && find_function(search, &die, ret_function, depth + 1))
            return true;
    } while (--search->left && dwarf_siblingof(&die, &die) == 0);
    return false;
}

/* The part of a scope that has pc. */
static bool find_inner(Dwarf_Die *scope, Dwarf_Addr pc, Dwarf_Die *ret_inner, unsigned *left)
{
    Dwarf_Die die;
    if (dwarf_child(scope, &die) != 0)
        return false;
    do {
        const int tag = dwarf_tag(&die);
        if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_try_block ||
             tag == DW_TAG_catch_block || tag == DW_TAG_subprogram) &&
            dwarf_haspc(&die, pc) > 0) {
            *ret_inner = die;
            return true;
        }
    } while (--*left && dwarf_siblingof(&die, &die) == 0);
    return false;
}

size_t typed_scopes(Dwarf_Die *unit, Dwarf_Addr pc, Dwarf_Die ret_scopes[TYPED_SCOPES_MAX])
{
    struct search search = {.pc = pc, .left = ENTRIES_MAX}, deep = {pc, ENTRIES_MAX, true};
    unsigned left = ENTRIES_MAX;
    size_t count;
    if (!find_function(&search, unit, &ret_scopes[0], 0) && !find_function(&deep, unit, &ret_scopes[0], 0))
        return 0;
    count = 1;
    while (count < TYPED_SCOPES_MAX) {
        if (!find_inner(&ret_scopes[count - 1], pc, &ret_scopes[count], &left))
            break;
        count++;
        /* A function within a function (GNU C, Pascal) has scopes of its own. */
        if (dwarf_tag(&ret_scopes[count - 1]) == DW_TAG_subprogram) {
            ret_scopes[0] = ret_scopes[count - 1];
            count = 1;
        }
    }
    for (size_t i = 0; i < count / 2; i++) {
        const Dwarf_Die swap = ret_scopes[i];
        ret_scopes[i] = ret_scopes[count - 1 - i];
        ret_scopes[count - 1 - i] = swap;
    }
    return count;
}
