/* SPDX-License-Identifier: MIT */
#include "typed_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crumple_text.h"

#define DOTS "..."

struct typed_text typed_text_in(char *room, size_t size)
{
    *room = '\0';
    return (struct typed_text){.text = room, .size = size};
}

static void add(struct typed_text *text, const char *piece, size_t size)
{
    /* A piece is written as a whole or not at all: never half an escape or a character. */
    if (text->is_cut || size >= text->size - text->used) {
        text->is_cut = true;
        return;
    }
    memcpy(text->text + text->used, piece, size);
    text->used += size;
    text->text[text->used] = '\0';
}

void typed_text_add(struct typed_text *text, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (size > 0)
        add(text, piece, (size_t)size < sizeof piece ? (size_t)size : sizeof piece - 1);
}

/* As C writes it; octal as gdb does, which no digit behind it can change. */
static void add_escape(struct typed_text *text, unsigned char byte)
{
    static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr";
    const char *letter = byte ? strchr(letters, byte) : NULL;
    if (letter && byte < 0x20)
        typed_text_add(text, "\\%c", letter[1]);
    else
        typed_text_add(text, "\\%03o", byte);
}

static void add_bytes(struct typed_text *text, const char *bytes, size_t size, char quote)
{
    for (size_t at = 0, length; at < size && !text->is_cut; at += length) {
        uint32_t character;
        length = crumple_text_decode(bytes + at, size - at, &character);
        const bool is_safe = length && !crumple_text_is_unsafe(character);
        if (is_safe && quote && (bytes[at] == quote || bytes[at] == '\\'))
            typed_text_add(text, "\\%c", bytes[at]);
        else if (is_safe)
            add(text, bytes + at, length);
        else if (length > 1)
            typed_text_add(text, "\\u%04" PRIx32, character);
        else {
            add_escape(text, (unsigned char)bytes[at]);
            length = 1;
        }
    }
}

void typed_text_bytes(struct typed_text *text, const char *bytes, size_t size)
{
    add_bytes(text, bytes, size, '\0');
}

void typed_text_quote(struct typed_text *text, const char *bytes, size_t size, bool is_whole)
{
    add(text, "\"", 1);
    add_bytes(text, bytes, size, '"');
    typed_text_add(text, "\"%s", is_whole ? "" : DOTS);
}

void typed_text_character(struct typed_text *text, int64_t value)
{
    const char byte = (char)value;
    typed_text_add(text, "%" PRId64 " '", value);
    add_bytes(text, &byte, 1, '\'');
    add(text, "'", 1);
}

void typed_text_finish(struct typed_text *text)
{
    if (!text->is_cut || text->size <= sizeof DOTS)
        return;
    size_t at = text->used;
    while (at + sizeof DOTS > text->size || (at > 0 && (text->text[at] & 0xc0) == 0x80))
        at--;
    memcpy(text->text + at, DOTS, sizeof DOTS);
}
