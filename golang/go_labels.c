/* SPDX-License-Identifier: MIT */
#include "go_labels.h"

#include <stdint.h>
#include <string.h>

struct output {
    char *text;
    size_t size, used;
    bool is_cut;
};

/* A whole character, or nothing more of the text. */
static void add(struct output *out, const char *bytes, size_t count)
{
    out->is_cut = out->is_cut || count >= out->size - out->used;
    if (out->is_cut)
        return;
    memcpy(out->text + out->used, bytes, count);
    out->used += count;
}

static void add_code(struct output *out, uint32_t code)
{
    char bytes[4];
    size_t count = 1;
    if (code < 0x80) {
        bytes[0] = (char)code;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        count = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        count = 3;
    } else {
        bytes[0] = (char)(0xf0 | (code >> 18 & 7));
        count = 4;
    }
    for (size_t i = 1; i < count; i++)
        bytes[i] = (char)(0x80 | (code >> 6 * (count - 1 - i) & 0x3f));
    if (code) /* what is not text has no place in one */
        add(out, bytes, count);
}

static bool read_hex(struct go_labels *from, size_t digits, uint32_t *ret)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits; i++, from->at++) {
        const char c = from->at < from->end ? *from->at : '\0';
        if (c >= '0' && c <= '9')
            value = value * 16 + (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

/* What follows a backslash. */
static bool read_escape(struct go_labels *from, struct output *out)
{
    static const char names[] = "nrt\\\"", means[] = "\n\r\t\\\"";
    uint32_t code;
    if (from->at == from->end)
        return false;
    const char kind = *from->at++;
    const char *name = kind ? strchr(names, kind) : NULL;
    if (name) {
        add(out, means + (name - names), 1);
        return true;
    }
    const size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (!digits || !read_hex(from, digits, &code))
        return false;
    const bool is_character = code < 0x110000 && (code & ~UINT32_C(0x7ff)) != 0xd800;
    add_code(out, is_character && (digits > 2 || code < 0x80) ? code : 0xfffd);
    return true;
}

static bool read_quoted(struct go_labels *from, struct output *out)
{
    for (from->at++; from->at < from->end; from->at++) {
        if (*from->at == '"') {
            from->at++;
            return true;
        }
        if (*from->at != '\\') {
            add(out, from->at, 1);
            continue;
        }
        from->at++;
        if (!read_escape(from, out))
            return false;
        from->at--;
    }
    return false;
}

static bool read_text(struct go_labels *from, char *ret, size_t size)
{
    struct output out = {.text = ret, .size = size};
    bool is_there = false;
    while (from->at < from->end && *from->at == ' ')
        from->at++;
    if (from->at < from->end && *from->at == '"') {
        is_there = read_quoted(from, &out);
    } else {
        for (; from->at < from->end && !strchr(":,{}\"\\", *from->at); from->at++)
            add(&out, from->at, 1);
        while (out.used && ret[out.used - 1] == ' ')
            out.used--;
        is_there = out.used > 0;
    }
    /* A cut of plain bytes may have torn a character. */
    for (size_t more = 0; out.is_cut && out.used && more < 4; more++) {
        const unsigned char last = (unsigned char)ret[out.used - 1];
        if (last < 0x80)
            break;
        out.used--;
        if (last >= 0xc0)
            break;
    }
    ret[out.used] = '\0';
    return is_there;
}

struct go_labels go_labels_begin(const char *text, size_t size)
{
    const char *open = text ? memchr(text, '{', size) : NULL;
    return open ? (struct go_labels){open + 1, text + size} : (struct go_labels){NULL, NULL};
}

bool go_labels_next(struct go_labels *labels, struct go_label *ret)
{
    struct go_labels at = *labels;
    labels->at = labels->end; /* until it is known to be whole */
    if (at.at == at.end || !read_text(&at, ret->key, sizeof ret->key) || at.at == at.end || *at.at++ != ':' ||
        !read_text(&at, ret->value, sizeof ret->value) || at.at == at.end || (*at.at != ',' && *at.at != '}'))
        return false;
    if (*at.at++ == ',')
        *labels = at;
    return true;
}
