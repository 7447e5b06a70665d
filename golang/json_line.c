/* SPDX-License-Identifier: MIT */
#include "json_line.h"

#include <string.h>

bool span_is(struct span span, const char *text)
{
    return span.bytes && span.size == strlen(text) && memcmp(span.bytes, text, span.size) == 0;
}

static void skip_blanks(struct json_line *line)
{
    while (line->at < line->end && strchr(" \t\r", *line->at) && *line->at)
        line->at++;
}

static bool take(struct json_line *line, char character)
{
    skip_blanks(line);
    if (line->at == line->end || *line->at != character)
        return false;
    line->at++;
    return true;
}

static void add_utf8(char **at, unsigned code)
{
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3; /* bytes after the first */
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    *(*at)++ = (char)(first[more] | code >> 6 * more);
    while (more-- > 0)
        *(*at)++ = (char)(0x80 | (code >> 6 * more & 0x3f));
}

static bool take_digits(struct json_line *line, unsigned *ret_code)
{
    unsigned code = 0;
    if (line->end - line->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char digit = *line->at++;
        unsigned value = digit >= '0' && digit <= '9'   ? (unsigned)(digit - '0')
                         : digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a' + 10)
                         : digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A' + 10)
                                                        : 16;
        if (value == 16)
            return false;
        code = code * 16 + value;
    }
    *ret_code = code;
    return true;
}

/* The four digits of \uXXXX. Beyond U+FFFF there are two of them, a surrogate pair; half a pair becomes
 * U+FFFD. */
static bool unescape_code(struct json_line *line, char **out)
{
    unsigned code, low;
    if (!take_digits(line, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00 && line->end - line->at >= 6 && !memcmp(line->at, "\\u", 2)) {
        struct json_line ahead = *line;
        ahead.at += 2;
        if (take_digits(&ahead, &low) && low >= 0xdc00 && low < 0xe000) {
            line->at = ahead.at;
            code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
        }
    }
    add_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    return true;
}

static bool unescape(struct json_line *line, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (line->at == line->end)
        return false;
    char letter = *line->at++;
    if (letter == 'u')
        return unescape_code(line, out);
    const char *found = letter ? strchr(from, letter) : NULL;
    if (!found)
        return false;
    *(*out)++ = to[found - from];
    return true;
}

/* Behind the opening quote. False: the text is damaged, or the line ends within it; what is there is returned. */
static bool take_string(struct json_line *line, struct span *ret_text)
{
    const char *begin = line->at;
    while (line->at < line->end && *line->at != '"' && *line->at != '\\')
        line->at++;
    *ret_text = (struct span){begin, (size_t)(line->at - begin)};
    if (line->at < line->end && *line->at == '"') {
        line->at++;
        return true;
    }
    bool is_fine = true;
    char *out = line->scratch;
    memcpy(out, begin, (size_t)(line->at - begin));
    out += line->at - begin;
    while (is_fine && line->at < line->end && *line->at != '"') {
        if (*line->at != '\\')
            *out++ = *line->at++;
        else if (line->at++, !unescape(line, &out))
            is_fine = false;
    }
    *ret_text = (struct span){line->scratch, (size_t)(out - line->scratch)};
    line->scratch = out;
    if (!is_fine || line->at == line->end)
        return false;
    line->at++;
    return true;
}

/* An object, an array, a number or a word, as it stands. */
static bool take_other(struct json_line *line, struct span *ret_text)
{
    const char *begin = line->at;
    int depth = 0;
    for (; line->at < line->end; line->at++) {
        char character = *line->at;
        if (character == '"') {
            struct span inner;
            line->at++;
            if (!take_string(line, &inner))
                return false;
            line->at--;
        } else if (character == '{' || character == '[') {
            depth++;
        } else if (depth == 0 && strchr(",}]", character)) {
            break;
        } else if (character == '}' || character == ']') {
            depth--;
        }
    }
    *ret_text = (struct span){begin, (size_t)(line->at - begin)};
    return ret_text->size > 0;
}

void json_line_begin(struct json_line *line, const char *text, size_t size, char *scratch)
{
    *line = (struct json_line){text, text + size, scratch, true};
}

/* No member: the object must end here, and the line with it. */
static enum json_line_step take_end(struct json_line *line)
{
    if (!take(line, '}'))
        return JSON_LINE_DAMAGED;
    skip_blanks(line);
    return line->at == line->end ? JSON_LINE_END : JSON_LINE_DAMAGED;
}

enum json_line_step json_line_next(struct json_line *line, struct json_member *ret)
{
    *ret = (struct json_member){0};
    if (line->is_first ? !take(line, '{') : !take(line, ','))
        return line->is_first ? JSON_LINE_DAMAGED : take_end(line);
    line->is_first = false;
    if (!take(line, '"') || !take_string(line, &ret->key) || !take(line, ':'))
        return JSON_LINE_DAMAGED;
    skip_blanks(line);
    ret->is_text = line->at < line->end && *line->at == '"';
    if (!ret->is_text)
        return take_other(line, &ret->value) ? JSON_LINE_MEMBER : JSON_LINE_DAMAGED;
    line->at++;
    if (take_string(line, &ret->value))
        return JSON_LINE_MEMBER;
    ret->is_cut = true;
    const bool is_at_end = line->at == line->end;
    line->at = line->end; /* whatever follows is not told apart */
    return is_at_end ? JSON_LINE_MEMBER : JSON_LINE_DAMAGED;
}
