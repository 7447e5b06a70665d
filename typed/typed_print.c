/* SPDX-License-Identifier: MIT */
#include "typed_print.h"

#include <dwarf.h>
#include <inttypes.h>
#include <string.h>

#include "typed_library.h"
#include "typed_number.h"
#include "typed_text.h"

#define DEPTH_MAX     3 /* of arrays and structs in each other that are shown at all */
#define ELEMENTS      8
#define MEMBERS       64
#define SMALL_MEMBERS 6
#define TEXT_BYTES    200
#define TEXT_MAX      1024
#define VALUES_MAX    2048 /* in all */
#define SCALAR_BYTES  16

struct printer {
    const struct typed_memory *memory;
    const struct typed_limits *limits;
    struct typed_text text;
    unsigned left; /* values that may still be written */
};

static unsigned limit(unsigned given, unsigned usual)
{
    return given ? given : usual;
}

static bool say_unreadable(struct printer *p)
{
    typed_text_add(&p->text, "%s", p->limits->unreadable ? p->limits->unreadable : TYPED_UNREADABLE);
    return false;
}

static struct typed_value part(const struct typed_value *value, uint64_t offset, struct typed_bits bits)
{
    struct typed_value inner = {.bits = bits};
    if (value->bytes) {
        const size_t skip = offset < value->size ? offset : value->size;
        inner.bytes = value->bytes + skip;
        inner.known = value->known ? value->known + skip : NULL;
        inner.size = value->size - skip;
    }
    inner.address = value->address ? value->address + offset : 0;
    return inner;
}

/* The bytes of a part of a value. Returns NULL, or what stands in their place. */
static const char *fetch(struct printer *p, const struct typed_value *value, void *bytes, size_t size)
{
    if (!value->bytes)
        return typed_read(p->memory, value->address, bytes, size) ? NULL
               : p->limits->unreadable                            ? p->limits->unreadable
                                                                  : TYPED_UNREADABLE;
    if (value->size < size || (value->known && memchr(value->known, 0, size)))
        return TYPED_OPTIMISED;
    memcpy(bytes, value->bytes, size);
    return NULL;
}

/* Where a string ends: at a NUL, at the end of its array, or, of std::string, where its length says. */
struct extent {
    uint64_t most; /* UINT64_MAX: unknown */
    bool ends_at_nul;
};

static const struct extent text_to_nul = {UINT64_MAX, true};

/* As many bytes as can be read. A piece at a time: each read may be a question to another process. */
static size_t fetch_text(struct printer *p, const struct typed_value *value, char *bytes, size_t size,
                         bool ends_at_nul)
{
    enum { PIECE = 64 };
    size_t used = 0;
    while (used < size) {
        const size_t piece = size - used < PIECE ? size - used : PIECE;
        const struct typed_value at = part(value, used, (struct typed_bits){0});
        if (fetch(p, &at, bytes + used, piece)) {
            for (const size_t end = used + piece; used < end; used++) {
                const struct typed_value byte = part(value, used, (struct typed_bits){0});
                if (fetch(p, &byte, bytes + used, 1))
                    break;
            }
            return used;
        }
        used += piece;
        if (ends_at_nul && memchr(bytes + used - piece, '\0', piece))
            break;
    }
    return used;
}

/* Returns false if no byte can be read. */
static bool put_string(struct printer *p, const struct typed_value *value, struct extent extent)
{
    char bytes[TEXT_MAX];
    const unsigned usual = limit(p->limits->text, TEXT_BYTES);
    const size_t wanted = usual < TEXT_MAX ? usual : TEXT_MAX;
    const size_t size = extent.most < wanted ? extent.most : wanted;
    size_t used = fetch_text(p, value, bytes, size, extent.ends_at_nul);
    if (!used && size)
        return false;
    const char *nul = extent.ends_at_nul ? memchr(bytes, '\0', used) : NULL;
    const bool is_whole = nul || used == extent.most;
    used = nul ? (size_t)(nul - bytes) : used;
    if (p->limits->is_plain)
        typed_text_bytes(&p->text, bytes, used);
    else
        typed_text_quote(&p->text, bytes, used, is_whole);
    return true;
}

/* char holds text. Bytes (uint8_t) do if they look so: no control characters before the NUL, and nothing behind it. */
static bool is_text(struct printer *p, const struct typed_type *element, const struct typed_value *value,
                    uint64_t count)
{
    struct typed_type bare = typed_bare(element);
    const char *name = bare.die.addr ? dwarf_diename(&bare.die) : NULL;
    char bytes[TEXT_MAX];
    if (!name || (strcmp(name, "unsigned char") != 0 && strcmp(name, "signed char") != 0))
        return true;
    const size_t size = fetch_text(p, value, bytes, count < sizeof bytes ? count : sizeof bytes, false);
    size_t at = 0;
    while (at < size && (unsigned char)bytes[at] >= 0x20 && bytes[at] != 0x7f)
        at++;
    if (at == 0)
        return false;
    while (at < size && !bytes[at])
        at++;
    return at == size;
}

static void put_function(struct printer *p, uint64_t address)
{
    const char *name = p->limits->function ? p->limits->function(p->limits->context, address) : NULL;
    if (!name)
        return;
    typed_text_add(&p->text, " <");
    typed_text_bytes(&p->text, name, strlen(name));
    typed_text_add(&p->text, ">");
}

static bool put_value(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                      int depth);

static bool put_reference(struct printer *p, const struct typed_type *to, uint64_t address, int depth)
{
    typed_text_add(&p->text, "@0x%" PRIx64 ": ", address);
    return put_value(p, to, &(struct typed_value){.address = address}, depth);
}

static bool put_pointer(struct printer *p, const struct typed_type *type, uint64_t address, int depth)
{
    struct typed_type to = {0};
    const bool has_type = typed_pointee(type, &to);
    const struct typed_type bare = typed_bare(&to);
    const bool is_text = has_type && typed_kind(&to) == TYPED_CHAR;
    const struct typed_value at = {.address = address};
    if (has_type && typed_is_reference(type) && address)
        return put_reference(p, &to, address, depth);
    if (is_text && address && p->limits->is_plain && put_string(p, &at, text_to_nul))
        return true;
    typed_text_add(&p->text, "0x%" PRIx64, address);
    if (is_text && address) {
        const size_t before = p->text.used;
        typed_text_add(&p->text, " ");
        if (!p->limits->is_plain && !put_string(p, &at, text_to_nul) && !p->text.is_cut) {
            p->text.used = before;
            p->text.text[before] = '\0';
            typed_text_add(&p->text, " %s", p->limits->unreadable ? p->limits->unreadable : TYPED_UNREADABLE);
        }
    } else if (typed_tag(&bare) == DW_TAG_subroutine_type && address) {
        put_function(p, address);
    }
    return true;
}

static bool put_scalar(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                       int depth)
{
    uint8_t bytes[SCALAR_BYTES + 8] = {0};
    const enum typed_kind kind = typed_kind(type);
    uint64_t size = typed_size(type);
    if (value->bits.size) /* may reach into a byte more than its type has */
        size = (value->bits.first + value->bits.size + 7) / 8;
    if (size == 0 || size > SCALAR_BYTES) {
        typed_text_add(&p->text, "<not understood>");
        return false;
    }
    const char *trouble = fetch(p, value, bytes, size);
    if (trouble) {
        typed_text_add(&p->text, "%s", trouble);
        return false;
    }
    if (kind == TYPED_POINTER) {
        uint64_t address;
        memcpy(&address, bytes, sizeof address);
        return put_pointer(p, type, address, depth);
    }
    typed_number_put(&p->text, type, bytes, size, value->bits);
    return true;
}

static bool put_byte(struct printer *p, const struct typed_value *value)
{
    uint8_t byte;
    const char *trouble = fetch(p, value, &byte, 1);
    if (trouble)
        typed_text_add(&p->text, "%s", trouble);
    else
        typed_text_add(&p->text, "%u", byte);
    return !trouble;
}

/* The elements of one dimension. Returns false if the first cannot be read. */
static bool put_elements(struct printer *p, const struct typed_type *element, const struct typed_value *value,
                         const uint64_t *counts, size_t dimensions, int depth)
{
    const uint64_t size = typed_size(element), count = counts[0];
    uint64_t step = size;
    for (size_t i = 1; i < dimensions; i++)
        if (__builtin_mul_overflow(step, counts[i], &step))
            step = 0;
    if (!step || !count) {
        typed_text_add(&p->text, count ? "<not understood>" : "{...}");
        return true;
    }
    if (typed_kind(element) == TYPED_CHAR && dimensions == 1 && is_text(p, element, value, count))
        return put_string(p, value, (struct extent){count, true}) || say_unreadable(p);
    const uint64_t shown =
        count < limit(p->limits->elements, ELEMENTS) ? count : limit(p->limits->elements, ELEMENTS);
    const bool is_byte = typed_kind(element) == TYPED_CHAR && dimensions == 1;
    bool is_read = true;
    typed_text_add(&p->text, "{");
    for (uint64_t i = 0; i < shown && is_read && p->left; i++) {
        const struct typed_value at = part(value, i * step, (struct typed_bits){0});
        typed_text_add(&p->text, i ? ", " : "");
        is_read = is_byte          ? put_byte(p, &at)
                  : dimensions > 1 ? put_elements(p, element, &at, counts + 1, dimensions - 1, depth)
                                   : put_value(p, element, &at, depth + 1);
    }
    typed_text_add(&p->text, shown < count || !is_read ? "...}" : "}");
    return true;
}

static bool put_array(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                      int depth)
{
    enum { DIMENSIONS_MAX = 8 };
    struct typed_type element;
    uint64_t counts[DIMENSIONS_MAX], all;
    size_t dimensions = typed_dimensions(type, counts, DIMENSIONS_MAX);
    if (!typed_element(type, &element, &all))
        return false;
    if (!dimensions)
        counts[dimensions++] = 0;
    if (!counts[0])
        counts[0] = value->elements;
    if (!counts[0] && typed_kind(&element) == TYPED_CHAR) /* a flexible array: text, most probably */
        return put_string(p, value, text_to_nul) || say_unreadable(p);
    return put_elements(p, &element, value, counts, dimensions, depth);
}

static bool put_library(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                        int depth)
{
    struct typed_sequence sequence;
    if (value->bytes || !typed_library_read(type, value->address, p->memory, &sequence))
        return false;
    const struct typed_value at = {.address = sequence.address};
    if (sequence.is_text) {
        if (!put_string(p, &at, (struct extent){sequence.count, false}))
            typed_text_add(&p->text, "%s", p->limits->unreadable ? p->limits->unreadable : TYPED_UNREADABLE);
        return true;
    }
    typed_text_add(&p->text, "std::vector of length %" PRIu64 " ", sequence.count);
    if (depth)
        typed_text_add(&p->text, "{...}");
    else
        put_elements(p, &sequence.element, &at, &sequence.count, 1, depth);
    return true;
}

static void put_members(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                        int depth)
{
    struct typed_fields fields = typed_fields_of(type);
    struct typed_field field;
    unsigned count = 0;
    typed_text_add(&p->text, "{");
    while (p->left && typed_next_field(&fields, &field)) {
        const struct typed_value at = part(value, field.offset, field.bits);
        typed_text_add(&p->text, count ? ", " : "");
        if (count++ == limit(p->limits->members, MEMBERS)) {
            typed_text_add(&p->text, "...");
            break;
        }
        if (field.name) {
            typed_text_add(&p->text, field.is_base ? "<" : "");
            typed_text_bytes(&p->text, field.name, strlen(field.name));
            typed_text_add(&p->text, field.is_base ? "> = " : " = ");
        }
        if (field.name && !field.is_base && p->limits->is_secret &&
            p->limits->is_secret(field.name, strlen(field.name))) {
            typed_text_add(&p->text, TYPED_SECRET);
            continue;
        }
        /* A base class and an anonymous struct are the struct's own level. */
        (void)put_value(p, &field.type, &at, field.is_base || !field.name ? depth : depth + 1);
    }
    typed_text_add(&p->text, "}");
}

/* Numbers and pointers alone, and few of them: a position, a reference, a time. */
static bool is_small(const struct typed_type *type)
{
    struct typed_fields fields = typed_fields_of(type);
    struct typed_field field;
    unsigned count = 0;
    while (typed_next_field(&fields, &field)) {
        const enum typed_kind kind = typed_kind(&field.type);
        if (count++ == SMALL_MEMBERS || !field.name || field.is_base || kind == TYPED_ARRAY ||
            kind == TYPED_STRUCT || kind == TYPED_OTHER)
            return false;
    }
    return count > 0;
}

static bool put_struct(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                       int depth)
{
    if (put_library(p, type, value, depth))
        return true;
    uint8_t byte;
    const uint64_t size = typed_size(type);
    if (!value->bytes && size && !typed_read(p->memory, value->address, &byte, 1) &&
        !typed_read(p->memory, value->address + size - 1, &byte, 1))
        return say_unreadable(p);
    struct typed_type bare = typed_bare(type);
    if (dwarf_hasattr(&bare.die, DW_AT_declaration))
        typed_text_add(&p->text, "<incomplete type>");
    else if (depth > 1 || (depth && !is_small(type)))
        typed_text_add(&p->text, "{...}");
    else
        put_members(p, type, value, depth);
    return true;
}

static bool put_value(struct printer *p, const struct typed_type *type, const struct typed_value *value,
                      int depth)
{
    if (p->left == 0 || p->text.is_cut || depth > DEPTH_MAX) {
        typed_text_add(&p->text, "...");
        return true;
    }
    p->left--;
    switch (typed_kind(type)) {
    case TYPED_ARRAY:
        return put_array(p, type, value, depth);
    case TYPED_STRUCT:
        return put_struct(p, type, value, depth);
    case TYPED_OTHER: {
        const struct typed_type bare = typed_bare(type);
        const bool is_nullptr =
            typed_tag(&bare) == DW_TAG_unspecified_type; /* of std::nullptr_t, which has one value */
        typed_text_add(&p->text, is_nullptr ? "nullptr" : "<not understood>");
        return is_nullptr;
    }
    default:
        return put_scalar(p, type, value, depth);
    }
}

bool typed_print(const struct typed_type *type, const struct typed_value *value,
                 const struct typed_memory *memory, const struct typed_limits *limits, char *out, size_t size)
{
    static const struct typed_limits usual;
    struct printer printer = {.memory = memory,
                              .limits = limits ? limits : &usual,
                              .text = typed_text_in(out, size),
                              .left = VALUES_MAX};
    const bool is_read = put_value(&printer, type, value, 0);
    typed_text_finish(&printer.text);
    return is_read;
}
