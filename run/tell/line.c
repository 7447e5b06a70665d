/* SPDX-License-Identifier: MIT */
#include "tell/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crumple_text.h"

/* Behind "member":, or NULL. */
static const char *find(const struct line *line, const char *member)
{
    char text[64];
    int n = snprintf(text, sizeof text, "\"%s\":", member);
    const char *at = n < (int)sizeof text ? memmem(line->bytes, line->size, text, (size_t)n) : NULL;
    return at ? at + n : NULL;
}

static size_t put_utf8(unsigned code, char *ret)
{
    if (code < 0x80) {
        ret[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : 3;
    for (size_t i = n; i-- > 1; code >>= 6)
        ret[i] = (char)(0x80 | (code & 0x3f));
    ret[0] = (char)((n == 2 ? 0xc0 : 0xe0) | code);
    return n;
}

/* One character at *at, escaped or not, which it moves on. 0: the string ends here, or is damaged. */
static size_t take_character(const char **at, const char *end, char ret[4])
{
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
    char digits[5] = "";
    if (*at >= end || **at == '"')
        return 0;
    ret[0] = *(*at)++;
    if (ret[0] != '\\')
        return 1;
    if (*at >= end)
        return 0;
    ret[0] = *(*at)++;
    const char *letter = strchr(letters, ret[0]);
    if (letter && *letter)
        ret[0] = values[letter - letters];
    if (ret[0] != 'u')
        return 1;
    if (end - *at < 4)
        return 0;
    memcpy(digits, *at, 4);
    *at += 4;
    return put_utf8((unsigned)strtoul(digits, NULL, 16), ret);
}

/* Control characters that were escaped, and what else a terminal or a reader could be deceived by. */
static void clean(char *text)
{
    size_t left = strlen(text);
    for (char *at = text; left;) {
        uint32_t code;
        size_t n = crumple_text_decode(at, left, &code);
        if (n == 0 || crumple_text_is_unsafe(code))
            memset(at, '?', n ? n : 1);
        n = n ? n : 1;
        at += n;
        left -= n;
    }
}

/* The string whose opening quote is at *at, which it moves behind the closing one. */
static bool take_string(const char **at, const char *end, char *ret, size_t bytes)
{
    size_t used = 0, n;
    char character[4];
    if (*at >= end || **at != '"')
        return false;
    for (++*at; (n = take_character(at, end, character)) > 0;)
        if (used + n < bytes) {
            memcpy(ret + used, character, n);
            used += n;
        }
    ret[used] = '\0';
    clean(ret);
    if (*at >= end)
        return false;
    ++*at;
    return true;
}

bool line_string(const struct line *line, const char *member, char *ret, size_t bytes)
{
    const char *at = find(line, member);
    return at && take_string(&at, line->bytes + line->size, ret, bytes);
}

bool line_element(const struct line *line, const char *member, size_t at, char *ret, size_t bytes)
{
    const char *from = find(line, member), *end = line->bytes + line->size;
    if (!from || from >= end || *from++ != '[')
        return false;
    for (size_t i = 0; take_string(&from, end, ret, bytes); i++) {
        if (i == at)
            return true;
        if (from >= end || *from++ != ',')
            return false;
    }
    return false;
}

long line_number(const struct line *line, const char *member)
{
    char digits[24] = "";
    const char *at = find(line, member), *end = line->bytes + line->size;
    for (size_t n = 0; at && at < end && *at >= '0' && *at <= '9' && n < sizeof digits - 1; n++)
        digits[n] = *at++;
    return *digits ? strtol(digits, NULL, 10) : -1;
}
