/* SPDX-License-Identifier: MIT */
#include "typed_place.h"

#include <dwarf.h>
#include <string.h>

#include "typed_print.h"
#include "typed_type.h"

/* The expression of an attribute that counts at pc. Returns whether there is one. */
static bool find_expression(Dwarf_Attribute *attribute, uint64_t pc, Dwarf_Op **ret_operations,
                            size_t *ret_count)
{
    return dwarf_getlocation_addr(attribute, pc, ret_operations, ret_count, 1) == 1 && *ret_count > 0;
}

void typed_place_base(Dwarf_Die *function, uint64_t pc, struct typed_scene *scene)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    scene->no_base = TYPED_NOT_SAVED;
    if (dwarf_attr_integrate(function, DW_AT_frame_base, &attribute) &&
        find_expression(&attribute, pc, &operations, &count))
        scene->no_base = typed_evaluate_word(&attribute, operations, count, scene, &scene->frame_base);
}

static const char *read_constant(Dwarf_Attribute *attribute, struct typed_location *ret)
{
    Dwarf_Block block;
    Dwarf_Sword word;
    ret->kind = TYPED_IN_BYTES;
    memset(ret->known, 1, sizeof ret->known);
    const char *text =
        dwarf_whatform(attribute) == DW_FORM_string || dwarf_whatform(attribute) == DW_FORM_strp
            ? dwarf_formstring(attribute)
            : NULL;
    if (text) {
        ret->size = strnlen(text, sizeof ret->bytes - 1) + 1;
        memcpy(ret->bytes, text, ret->size);
        ret->bytes[ret->size - 1] = 0;
    } else if (dwarf_formsdata(attribute, &word) == 0) {
        ret->size = 16;
        memcpy(ret->bytes, &word, sizeof word);
        memset(ret->bytes + sizeof word, word < 0 ? 0xff : 0, ret->size - sizeof word);
    } else if (dwarf_formblock(attribute, &block) == 0 && block.length <= sizeof ret->bytes) {
        ret->size = block.length;
        memcpy(ret->bytes, block.data, block.length);
    } else {
        return TYPED_OPTIMISED;
    }
    return NULL;
}

const char *typed_place_of(Dwarf_Die *variable, uint64_t pc, const struct typed_scene *scene,
                           struct typed_location *ret)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    if (dwarf_attr_integrate(variable, DW_AT_const_value, &attribute))
        return read_constant(&attribute, ret);
    if (!dwarf_attr_integrate(variable, DW_AT_location, &attribute) ||
        !find_expression(&attribute, pc, &operations, &count))
        return TYPED_OPTIMISED;
    return typed_evaluate(&attribute, operations, count, scene, ret);
}

/* The value of a bound: of gcc an expression that reads it, or an artificial variable; of clang always
 * that. */
static bool read_bound(Dwarf_Attribute *attribute, uint64_t pc, const struct typed_scene *scene,
                       uint64_t *ret)
{
    struct typed_location location;
    Dwarf_Op *operations;
    Dwarf_Die variable;
    size_t count;
    if (find_expression(attribute, pc, &operations, &count))
        return !typed_evaluate_word(attribute, operations, count, scene, ret);
    if (!dwarf_formref_die(attribute, &variable) || typed_place_of(&variable, pc, scene, &location))
        return false;
    *ret = 0;
    const struct typed_type type = typed_type_of(&variable);
    const uint64_t size = typed_size(&type);
    if (size == 0 || size > sizeof *ret)
        return false;
    if (location.kind == TYPED_AT_ADDRESS)
        return typed_read(scene->memory, location.address, ret, size);
    memcpy(ret, location.bytes, size);
    return location.size >= size && !memchr(location.known, 0, size);
}

uint64_t typed_place_elements(Dwarf_Die *array, uint64_t pc, const struct typed_scene *scene)
{
    Dwarf_Attribute attribute;
    Dwarf_Die dimension;
    uint64_t bound;
    if (dwarf_child(array, &dimension) != 0 || dwarf_tag(&dimension) != DW_TAG_subrange_type)
        return 0;
    if (dwarf_attr(&dimension, DW_AT_count, &attribute))
        return read_bound(&attribute, pc, scene, &bound) ? bound : 0;
    if (dwarf_attr(&dimension, DW_AT_upper_bound, &attribute) && read_bound(&attribute, pc, scene, &bound))
        return bound + 1;
    return 0;
}
