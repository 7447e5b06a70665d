/* SPDX-License-Identifier: MIT */
/*
 * Which characters of foreign text may stand as they are in a message, a report or a line of JSON. The shim,
 * the writer and the CLI ask here, so that all three hide the same ones. Plain arithmetic on constants: safe
 * in a signal handler.
 */
#ifndef CRUMPLE_TEXT_H
#define CRUMPLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Decodes the UTF-8 character at s, of at most n > 0 bytes. Returns its length in bytes, or 0 where the bytes
 * are not UTF-8 (also overlong forms, surrogates and what is beyond U+10FFFF); ret_char is then untouched.
 * Reads no further than the first byte that does not belong to the character, so that a string's NUL stops
 * it.
 */
static inline size_t crumple_text_decode(const char *s, size_t n, uint32_t *ret_char)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t len = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : u[0] < 0xf5 ? 4 : 0;
    uint32_t c = len == 1 ? u[0] : u[0] & (0x7fu >> len);

    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (u[i] & 0x3f);
    }
    /* Two bytes are overlong after 0xc0 and 0xc1 only, which are no first bytes. */
    if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret_char = c;
    return len;
}

/**
 * Whether a character changes what a reader sees beyond its own place, or is not seen at all: controls (C0,
 * DEL, C1), line and paragraph separators, bidirectional marks and overrides, zero-width and other invisible
 * characters (Unicode's Default_Ignorable_Code_Point), noncharacters, private use. Not among them are the
 * variation selectors U+FE00 to U+FE0F, since ordinary emoji contain them. The joiners U+200C and U+200D are:
 * two names that differ in a joiner alone look the same.
 */
static inline bool crumple_text_is_unsafe(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } unsafe[] = {
        {0x00, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
        {0x115f, 0x1160},    {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f},    {0x3164, 0x3164}, {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
        {0xf0000, 0x10ffff},
    };

    if (c >= 0x20 && c < 0x7f)
        return false;
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        if (c >= unsafe[i].first && c <= unsafe[i].last)
            return true;
    return (c & 0xfffe) == 0xfffe;
}

/** Room for any escape of crumple_text_escape. */
#define CRUMPLE_TEXT_ESCAPE 12

/** Writes c as JSON escapes it: backslash, u and four digits, twice (a surrogate pair) beyond U+FFFF. Returns
 * how many bytes of ret that took, 6 or 12; no NUL ends them. */
static inline size_t crumple_text_escape(uint32_t c, char ret[CRUMPLE_TEXT_ESCAPE])
{
    size_t n = 0;
    uint32_t units[2] = {c, 0};

    if (c > 0xffff) {
        units[0] = 0xd800 + ((c - 0x10000) >> 10);
        units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    for (size_t i = 0; i < (c > 0xffff ? 2 : 1); i++) {
        ret[n++] = '\\';
        ret[n++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4)
            ret[n++] = "0123456789abcdef"[units[i] >> shift & 15];
    }
    return n;
}

#endif
