/* SPDX-License-Identifier: MIT */
/* Cleaning and measuring text for terminals: see base/text.h. */
#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "crumple_text.h"
#include "base/text.h"

static bool utf8_output;

void text_init(void)
{
    setlocale(LC_CTYPE, "");
    utf8_output = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (!utf8_output)
        setlocale(LC_CTYPE, "C.UTF-8"); /* wcwidth knows nothing beyond ASCII in the C locale */
}

const char *text_ellipsis(void)
{
    return utf8_output ? "\xe2\x80\xa6" : "~";
}

bool text_is_utf8(void)
{
    return utf8_output;
}

static void put_escape(FILE *to, uint32_t c)
{
    switch (c) {
    case '\n':
        fputs("\\n", to);
        break;
    case '\t':
        fputs("\\t", to);
        break;
    case '\r':
        fputs("\\r", to);
        break;
    default:
        fprintf(to, c < 0x80 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }
}

void text_put(FILE *to, const char *s)
{
    uint32_t c;

    if (!s) {
        fputc('-', to);
        return;
    }
    for (size_t len, n = strlen(s); n > 0; s += len, n -= len) {
        len = crumple_text_decode(s, n, &c);
        if (len == 0) {
            fprintf(to, "\\x%02x", (unsigned char)*s);
            len = 1;
        } else if (crumple_text_is_unsafe(c) || (c >= 0x80 && wcwidth((wchar_t)c) < 0)) {
            put_escape(to, c);
        } else {
            fwrite(s, 1, len, to);
        }
    }
}

char *text_clean(const char *s)
{
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);

    if (!to)
        return NULL;
    text_put(to, s);
    if (fclose(to) != 0) {
        free(out);
        return NULL;
    }
    return out;
}

/* Length in bytes of the character at s and its cells; s is not empty. */
static size_t step(const char *s, size_t *ret_cells)
{
    uint32_t c = 0;
    size_t len = crumple_text_decode(s, strlen(s), &c);
    int cells = len == 0 ? 1 : wcwidth((wchar_t)c);

    *ret_cells = cells < 0 ? 1 : (size_t)cells;
    return len == 0 ? 1 : len;
}

size_t text_width(const char *cleaned)
{
    size_t width = 0, cells;

    while (*cleaned) {
        cleaned += step(cleaned, &cells);
        width += cells;
    }
    return width;
}

size_t text_fit(const char *cleaned, size_t cells)
{
    const char *at = cleaned;

    while (*at) {
        size_t wide, len = step(at, &wide);

        if (wide > cells)
            break;
        cells -= wide;
        at += len;
    }
    return (size_t)(at - cleaned);
}

char *text_to_utf8(const char *s)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t n = strlen(s), at = 0;
    char *out = malloc(3 * n + 1);

    if (!out)
        return NULL;
    while (n > 0) {
        uint32_t c;
        size_t len = crumple_text_decode(s, n, &c);
        const char *from = len == 0 ? replacement : s;
        size_t put = len == 0 ? 3 : len;

        memcpy(out + at, from, put);
        at += put;
        s += len == 0 ? 1 : len;
        n -= len == 0 ? 1 : len;
    }
    out[at] = '\0';
    return out;
}

const char *text_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}
