/* SPDX-License-Identifier: MIT */
#include "typed_library.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "typed_field.h"

#define BYTES_MAX (UINT64_C(1) << 40)

/* A member of a member, both by name. */
static bool find(const struct typed_type *type, const char *outer, const char *inner, uint64_t *ret_offset,
                 struct typed_type *ret_type)
{
    struct typed_type middle;
    struct typed_bits bits;
    uint64_t first, second;
    if (!typed_member(type, outer, &middle, &first, &bits) ||
        !typed_member(&middle, inner, ret_type, &second, &bits))
        return false;
    *ret_offset = first + second;
    return true;
}

static bool read_word(const struct typed_memory *memory, uint64_t address, uint64_t *ret)
{
    return typed_read(memory, address, ret, sizeof *ret);
}

/* clang describes the library's types where the library itself is compiled; elsewhere there is a declaration. Its
 * namespace says which layout it has (libstdc++'s since 2015: a pointer and a length). */
static bool is_declared_string(const struct typed_type *type)
{
    struct typed_type bare = *type;
    Dwarf_Die *scopes = NULL;
    const int count =
        dwarf_hasattr(&bare.die, DW_AT_declaration) ? dwarf_getscopes_die(&bare.die, &scopes) : 0;
    bool is_known = false;
    for (int i = 1; i < count; i++) {
        const char *name = dwarf_diename(&scopes[i]);
        is_known |= dwarf_tag(&scopes[i]) == DW_TAG_namespace && name && strcmp(name, "__cxx11") == 0;
    }
    free(scopes);
    return is_known;
}

static bool find_string(const struct typed_type *type, uint64_t *ret_at, uint64_t *ret_length_at)
{
    struct typed_type pointer, length, element;
    struct typed_bits bits;
    if (find(type, "_M_dataplus", "_M_p", ret_at, &pointer))
        return typed_member(type, "_M_string_length", &length, ret_length_at, &bits) &&
               typed_pointee(&pointer, &element) && typed_kind(&element) == TYPED_CHAR;
    *ret_at = 0;
    *ret_length_at = 8;
    return is_declared_string(type);
}

static bool read_string(const struct typed_type *type, uint64_t address, const struct typed_memory *memory,
                        struct typed_sequence *ret)
{
    uint64_t at, length_at;
    ret->is_text = true;
    return find_string(type, &at, &length_at) && read_word(memory, address + at, &ret->address) &&
           read_word(memory, address + length_at, &ret->count) && ret->count < BYTES_MAX;
}

static bool read_vector(const struct typed_type *type, uint64_t address, const struct typed_memory *memory,
                        struct typed_sequence *ret)
{
    struct typed_type pointer, other;
    uint64_t start_at, finish_at, finish;
    ret->is_text = false;
    if (!find(type, "_M_impl", "_M_start", &start_at, &pointer) ||
        !find(type, "_M_impl", "_M_finish", &finish_at, &other) || !typed_pointee(&pointer, &ret->element) ||
        !read_word(memory, address + start_at, &ret->address) ||
        !read_word(memory, address + finish_at, &finish))
        return false;
    const uint64_t size = typed_size(&ret->element);
    if (!size || finish < ret->address || finish - ret->address >= BYTES_MAX)
        return false;
    ret->count = (finish - ret->address) / size;
    return true;
}

bool typed_library_read(const struct typed_type *type, uint64_t address, const struct typed_memory *memory,
                        struct typed_sequence *ret)
{
    struct typed_type bare = typed_bare(type);
    const char *name = bare.die.addr ? dwarf_diename(&bare.die) : NULL;
    if (!name)
        return false;
    if (strncmp(name, "basic_string<char,", 18) == 0)
        return read_string(&bare, address, memory, ret);
    return strncmp(name, "vector<", 7) == 0 && read_vector(&bare, address, memory, ret);
}
