/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <string.h>

#include "crumple_text.h"

/* One character that cannot stand for itself. Returns how many bytes of the input it took. */
static size_t json_escape(struct buffer *out, const char *text, size_t size)
{
    char escape[CRUMPLE_TEXT_ESCAPE];
    uint32_t character = 0;
    size_t length = crumple_text_decode(text, size, &character);
    if (length == 0 || character == 0) { /* a NUL, too: readers written in C refuse the whole text */
        buffer_add_text(out, "\xef\xbf\xbd");
        return 1;
    }
    if (character == '\n') {
        buffer_add_text(out, "\\n");
    } else if (character == '\t') {
        buffer_add_text(out, "\\t");
    } else if (crumple_text_is_unsafe(character)) {
        buffer_add(out, escape, crumple_text_escape(character, escape));
    } else {
        if (character == '"' || character == '\\')
            buffer_add_char(out, '\\');
        buffer_add(out, text, length);
    }
    return length;
}

static bool json_is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void json_quoted(struct buffer *out, const char *text, size_t size)
{
    buffer_add_char(out, '"');
    for (size_t at = 0; at < size;) {
        size_t run = at;
        while (run < size && json_is_plain((unsigned char)text[run]))
            run++;
        buffer_add(out, text + at, run - at);
        at = run < size ? run + json_escape(out, text + run, size - run) : run;
    }
    buffer_add_char(out, '"');
}

static void json_begin(struct buffer *out, const char *key)
{
    char last = buffer_last(out);
    if (last && last != '{' && last != '[' && last != ':' && last != '\n')
        buffer_add_char(out, ',');
    if (key) {
        json_quoted(out, key, strlen(key)); /* some keys are of a hostile core: kinds of descriptors */
        buffer_add_char(out, ':');
    }
}

void json_open(struct buffer *out, const char *key, char bracket)
{
    json_begin(out, key);
    buffer_add_char(out, bracket);
}

void json_close(struct buffer *out, char bracket)
{
    buffer_add_char(out, bracket);
}

void json_number(struct buffer *out, const char *key, int64_t value)
{
    json_begin(out, key);
    buffer_add_number(out, value);
}

void json_bool(struct buffer *out, const char *key, bool value)
{
    json_begin(out, key);
    buffer_add_text(out, value ? "true" : "false");
}

void json_null(struct buffer *out, const char *key)
{
    json_begin(out, key);
    buffer_add_text(out, "null");
}

void json_hex(struct buffer *out, const char *key, uint64_t value)
{
    json_begin(out, key);
    buffer_add_char(out, '"');
    buffer_add_hex(out, value);
    buffer_add_char(out, '"');
}

void json_bytes(struct buffer *out, const char *key, const char *text, size_t size)
{
    if (!text) {
        json_null(out, key);
        return;
    }
    json_begin(out, key);
    json_quoted(out, text, size);
}

void json_string(struct buffer *out, const char *key, const char *text)
{
    json_bytes(out, key, text, text ? strlen(text) : 0);
}
