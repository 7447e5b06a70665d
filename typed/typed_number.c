/* SPDX-License-Identifier: MIT */
#include "typed_number.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENUMERATORS_MAX 4096

static bool read_enumerator(Dwarf_Die *die, bool is_unsigned, uint64_t *ret)
{
    Dwarf_Attribute attribute;
    Dwarf_Word word;
    Dwarf_Sword signed_word;
    if (!dwarf_attr(die, DW_AT_const_value, &attribute))
        return false;
    if (is_unsigned ? dwarf_formudata(&attribute, &word) == 0
                    : dwarf_formsdata(&attribute, &signed_word) == 0) {
        *ret = is_unsigned ? (uint64_t)word : (uint64_t)signed_word;
        return true;
    }
    return false;
}

struct enumeration {
    Dwarf_Die die;
    bool is_begun, is_unsigned;
    unsigned left;
};

static const char *next_enumerator(struct enumeration *walk, uint64_t *ret)
{
    while (walk->left--) {
        if ((walk->is_begun ? dwarf_siblingof(&walk->die, &walk->die)
                            : dwarf_child(&walk->die, &walk->die)) != 0)
            return NULL;
        walk->is_begun = true;
        if (dwarf_tag(&walk->die) == DW_TAG_enumerator && read_enumerator(&walk->die, walk->is_unsigned, ret))
            return dwarf_diename(&walk->die);
    }
    return NULL;
}

static struct enumeration enumeration_of(const struct typed_type *bare)
{
    return (struct enumeration){
        .die = bare->die, .is_unsigned = typed_is_unsigned(bare), .left = ENUMERATORS_MAX};
}

/* Flags as gdb has it: no two of the enumerators share a bit. */
static bool is_flags(const struct typed_type *bare)
{
    struct enumeration walk = enumeration_of(bare);
    uint64_t value, seen = 0;
    while (next_enumerator(&walk, &value)) {
        if (value & seen)
            return false;
        seen |= value;
    }
    return seen != 0;
}

/* (READABLE | WRITABLE | unknown: 0x80) */
static void put_flags(struct typed_text *text, const struct typed_type *bare, uint64_t value)
{
    struct enumeration walk = enumeration_of(bare);
    uint64_t flag, rest = value;
    const char *name, *between = "(";
    while ((name = next_enumerator(&walk, &flag))) {
        if (!flag || (value & flag) != flag)
            continue;
        typed_text_add(text, "%s", between);
        typed_text_bytes(text, name, strlen(name));
        between = " | ";
        rest &= ~flag;
    }
    if (rest)
        typed_text_add(text, "%sunknown: 0x%" PRIx64, between, rest);
    typed_text_add(text, ")");
}

static void put_enum(struct typed_text *text, const struct typed_type *type, uint64_t value, uint64_t mask)
{
    const struct typed_type bare = typed_bare(type);
    struct enumeration walk = enumeration_of(&bare);
    uint64_t one;
    const char *name;
    while ((name = next_enumerator(&walk, &one)))
        if ((one & mask) == (value & mask)) {
            typed_text_bytes(text, name, strlen(name));
            return;
        }
    if (value && is_flags(&bare))
        put_flags(text, &bare, value & mask);
    else if (typed_is_unsigned(&bare))
        typed_text_add(text, "%" PRIu64, value);
    else
        typed_text_add(text, "%" PRId64, (int64_t)value);
}

static void put_float(struct typed_text *text, const uint8_t *bytes, size_t size)
{
    if (size == sizeof(float)) {
        float value;
        memcpy(&value, bytes, sizeof value);
        typed_text_add(text, "%.9g", (double)value);
    } else if (size == sizeof(double)) {
        double value;
        memcpy(&value, bytes, sizeof value);
        typed_text_add(text, "%.17g", value);
    } else {
        long double value;
        memcpy(&value, bytes, sizeof value);
        typed_text_add(text, "%.18Lg", value);
    }
}

static void put_wide(struct typed_text *text, const uint8_t *bytes)
{
    uint64_t words[2];
    memcpy(words, bytes, sizeof words);
    if (words[1])
        typed_text_add(text, "0x%" PRIx64 "%016" PRIx64, words[1], words[0]);
    else
        typed_text_add(text, "%" PRIu64, words[0]);
}

/* The bits of a number; ret_mask: those that it has. */
static uint64_t number_of(const uint8_t *bytes, size_t size, struct typed_bits bits, bool is_signed,
                          uint64_t *ret_mask)
{
    unsigned __int128 all = 0;
    memcpy(&all, bytes, size < sizeof all ? size : sizeof all);
    all >>= bits.size ? bits.first : 0;
    const unsigned width = bits.size ? bits.size : size < 8 ? (unsigned)size * 8 : 64;
    const uint64_t mask = width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    uint64_t value = (uint64_t)all & mask;
    if (is_signed && width < 64 && value >> (width - 1))
        value |= ~mask;
    *ret_mask = mask;
    return value;
}

void typed_number_put(struct typed_text *text, const struct typed_type *type, const uint8_t *bytes,
                      size_t size, struct typed_bits bits)
{
    const enum typed_kind kind = typed_kind(type);
    const bool is_signed =
        (kind == TYPED_SIGNED || kind == TYPED_CHAR || kind == TYPED_ENUM) && !typed_is_unsigned(type);
    uint64_t mask;
    const uint64_t value = number_of(bytes, size, bits, is_signed, &mask);
    if (size > 8 && !bits.size && kind != TYPED_FLOAT) {
        put_wide(text, bytes);
        return;
    }
    switch (kind) {
    case TYPED_BOOL:
        typed_text_add(text, value > 1 ? "%" PRIu64 : value ? "true" : "false", value);
        break;
    case TYPED_FLOAT:
        put_float(text, bytes, size);
        break;
    case TYPED_ENUM:
        put_enum(text, type, value, mask);
        break;
    case TYPED_CHAR:
        typed_text_character(text, (int64_t)value);
        break;
    case TYPED_SIGNED:
        typed_text_add(text, "%" PRId64, (int64_t)value);
        break;
    default:
        typed_text_add(text, "%" PRIu64, value);
    }
}
