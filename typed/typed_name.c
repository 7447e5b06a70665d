/* SPDX-License-Identifier: MIT */
#include "typed_name.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX      12
#define PARAMETERS_MAX 8
#define DIMENSIONS_MAX 8

struct name {
    char *text;
    size_t used, size;
    unsigned left; /* parts that may still be written: a type may lead to itself in more ways than one */
};

static void add(struct name *name, const char *text)
{
    const size_t room = name->size - name->used - 1, size = strlen(text);
    const size_t taken = size < room ? size : room;
    memcpy(name->text + name->used, text, taken);
    name->used += taken;
    name->text[name->used] = '\0';
}

static void add_type(struct name *name, const struct typed_type *type, const char *inner, int depth);

/* A struct's own name; in C with the word before it, and in all languages where it has none. */
static void add_tagged(struct name *name, const struct typed_type *type, const char *word)
{
    Dwarf_Die die = type->die, unit;
    const char *own = dwarf_diename(&die);
    const int language = dwarf_diecu(&die, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1;
    const bool is_c = language == DW_LANG_C || language == DW_LANG_C89 || language == DW_LANG_C99 ||
                      language == DW_LANG_C11;
    if (is_c || !own) {
        add(name, word);
        add(name, " ");
    }
    add(name, own ? own : "{...}");
}

static void add_parameters(struct name *name, const struct typed_type *function, int depth)
{
    struct typed_type function_type = *function;
    Dwarf_Die parameter;
    int count = 0;
    add(name, "(");
    if (dwarf_child(&function_type.die, &parameter) == 0) {
        do {
            if (dwarf_tag(&parameter) != DW_TAG_formal_parameter)
                continue;
            add(name, count ? ", " : "");
            if (count == PARAMETERS_MAX) {
                add(name, "...");
                break;
            }
            const struct typed_type type = typed_type_of(&parameter);
            add_type(name, &type, "", depth + 1);
            count++;
        } while (dwarf_siblingof(&parameter, &parameter) == 0);
    }
    add(name, count ? ")" : "void)");
}

static void add_array(struct name *name, const struct typed_type *type, const char *inner, int depth)
{
    uint64_t counts[DIMENSIONS_MAX];
    char bound[24];
    struct typed_type array = *type;
    const struct typed_type element = typed_type_of(&array.die);
    const size_t dimensions = typed_dimensions(type, counts, DIMENSIONS_MAX);
    add_type(name, &element, "", depth + 1);
    add(name, *inner ? " (" : " ");
    add(name, inner);
    add(name, *inner ? ")" : "");
    for (size_t i = 0; i < dimensions; i++) {
        snprintf(bound, sizeof bound, "[%" PRIu64 "]", counts[i]);
        add(name, counts[i] ? bound : "[]");
    }
    add(name, dimensions ? "" : "[]");
}

/* inner: what stands where C has the variable's name, "*" of a pointer to an array or a function. */
static void add_derived(struct name *name, const struct typed_type *type, const char *mark, const char *inner,
                        int depth)
{
    struct typed_type pointer = *type;
    const struct typed_type to = typed_type_of(&pointer.die);
    char marks[32];
    const int tag = typed_tag(&to);
    snprintf(marks, sizeof marks, "%s%s", mark, inner);
    if (tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type || tag == DW_TAG_array_type ||
        tag == DW_TAG_subroutine_type || tag == DW_TAG_rvalue_reference_type) {
        add_type(name, &to, marks, depth + 1);
    } else {
        add_type(name, &to, "", depth + 1);
        add(name, " ");
        add(name, marks);
    }
}

/* "const char"; of a pointer the word follows the star. */
static void add_qualified(struct name *name, const struct typed_type *type, const char *word,
                          const char *inner, int depth)
{
    struct typed_type around = *type;
    const struct typed_type to = typed_type_of(&around.die);
    char marks[32];
    if (typed_tag(&to) == DW_TAG_pointer_type) {
        snprintf(marks, sizeof marks, " %s%s%s", word, *inner ? " " : "", inner);
        add_type(name, &to, marks, depth + 1);
        return;
    }
    add(name, word);
    add(name, " ");
    add_type(name, &to, inner, depth + 1);
}

static void add_plain(struct name *name, const struct typed_type *type, const char *inner)
{
    Dwarf_Die die = type->die;
    const char *own = die.addr ? dwarf_diename(&die) : "void";
    add(name, own ? own : "?");
    add(name, *inner ? " " : "");
    add(name, inner);
}

static void add_type(struct name *name, const struct typed_type *type, const char *inner, int depth)
{
    struct typed_type at = *type;
    if (depth == DEPTH_MAX || name->left == 0) {
        add(name, "...");
        return;
    }
    name->left--;
    switch (typed_tag(type)) {
    case DW_TAG_pointer_type:
        add_derived(name, type, "*", inner, depth);
        break;
    case DW_TAG_reference_type:
        add_derived(name, type, "&", inner, depth);
        break;
    case DW_TAG_rvalue_reference_type:
        add_derived(name, type, "&&", inner, depth);
        break;
    case DW_TAG_const_type:
        add_qualified(name, type, "const", inner, depth);
        break;
    case DW_TAG_volatile_type:
        add_qualified(name, type, "volatile", inner, depth);
        break;
    case DW_TAG_restrict_type:
        at = typed_type_of(&at.die);
        add_type(name, &at, inner, depth + 1);
        break;
    case DW_TAG_array_type:
        add_array(name, type, inner, depth);
        break;
    case DW_TAG_subroutine_type:
        at = typed_type_of(&at.die);
        add_type(name, &at, "", depth + 1);
        add(name, *inner ? " (" : " ");
        add(name, inner);
        add(name, *inner ? ")" : "");
        add_parameters(name, type, depth);
        break;
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        add_tagged(name, type,
                   typed_tag(type) == DW_TAG_union_type         ? "union"
                   : typed_tag(type) == DW_TAG_enumeration_type ? "enum"
                                                                : "struct");
        add(name, *inner ? " " : "");
        add(name, inner);
        break;
    default:
        add_plain(name, type, inner);
    }
}

size_t typed_name(const struct typed_type *type, char *ret_name, size_t size)
{
    struct name name = {.text = ret_name, .size = size, .left = 64};
    if (!size)
        return 0;
    *ret_name = '\0';
    add_type(&name, type, "", 0);
    return name.used;
}
