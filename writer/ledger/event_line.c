/* SPDX-License-Identifier: MIT */
#include "ledger/event_line.h"

#include <errno.h>
#include <string.h>

/* Where in a line the parser is. */
struct cursor {
    const char *at, *end;
    char *scratch;
};

bool span_is(struct span span, const char *text)
{
    return span.bytes && span.size == strlen(text) && memcmp(span.bytes, text, span.size) == 0;
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && strchr(" \t\r", *cursor->at) && *cursor->at)
        cursor->at++;
}

static bool take(struct cursor *cursor, char character)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != character)
        return false;
    cursor->at++;
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

static bool take_digits(struct cursor *cursor, unsigned *ret_code)
{
    unsigned code = 0;
    if (cursor->end - cursor->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char digit = *cursor->at++;
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
static bool unescape_code(struct cursor *cursor, char **out)
{
    unsigned code, low;
    if (!take_digits(cursor, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00 && cursor->end - cursor->at >= 6 && !memcmp(cursor->at, "\\u", 2)) {
        struct cursor ahead = *cursor;
        ahead.at += 2;
        if (take_digits(&ahead, &low) && low >= 0xdc00 && low < 0xe000) {
            cursor->at = ahead.at;
            code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
        }
    }
    add_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    return true;
}

static bool unescape(struct cursor *cursor, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (cursor->at == cursor->end)
        return false;
    char letter = *cursor->at++;
    if (letter == 'u')
        return unescape_code(cursor, out);
    const char *found = letter ? strchr(from, letter) : NULL;
    if (!found)
        return false;
    *(*out)++ = to[found - from];
    return true;
}

/* Behind the opening quote. */
static bool take_string(struct cursor *cursor, struct span *ret_text)
{
    const char *begin = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != '"' && *cursor->at != '\\')
        cursor->at++;
    if (cursor->at < cursor->end && *cursor->at == '"') {
        *ret_text = (struct span){begin, (size_t)(cursor->at++ - begin)};
        return true;
    }
    char *out = cursor->scratch;
    memcpy(out, begin, (size_t)(cursor->at - begin));
    out += cursor->at - begin;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        if (*cursor->at != '\\')
            *out++ = *cursor->at++;
        else if (cursor->at++, !unescape(cursor, &out))
            return false;
    }
    *ret_text = (struct span){cursor->scratch, (size_t)(out - cursor->scratch)};
    cursor->scratch = out;
    return take(cursor, '"');
}

/* An object, an array, a number or a word, as it stands. */
static bool take_other(struct cursor *cursor, struct span *ret_text)
{
    const char *begin = cursor->at;
    int depth = 0;
    for (; cursor->at < cursor->end; cursor->at++) {
        char character = *cursor->at;
        if (character == '"') {
            struct span inner;
            cursor->at++;
            if (!take_string(cursor, &inner))
                return false;
            cursor->at--;
        } else if (character == '{' || character == '[') {
            depth++;
        } else if (depth == 0 && strchr(",}]", character)) {
            break;
        } else if (character == '}' || character == ']') {
            depth--;
        }
    }
    *ret_text = (struct span){begin, (size_t)(cursor->at - begin)};
    return ret_text->size > 0;
}

static int64_t parse_number(struct span text)
{
    int64_t value = 0;
    size_t at = text.size && text.bytes[0] == '-';
    for (; at < text.size && text.bytes[at] >= '0' && text.bytes[at] <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text.bytes[at] - '0', &value))
            return 0;
    return text.size && text.bytes[0] == '-' ? -value : value;
}

static int64_t digits(const char *text, int count)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Howard Hinnant's days_from_civil. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int64_t event_line_time(struct span text)
{
    const char *s = text.bytes;
    if (!s || text.size < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':')
        return -1;
    const int64_t parts[] = {digits(s, 4),      digits(s + 5, 2),  digits(s + 8, 2),
                             digits(s + 11, 2), digits(s + 14, 2), digits(s + 17, 2)};
    for (int i = 0; i < 6; i++)
        if (parts[i] < 0)
            return -1;
    int64_t us = ((days_of(parts[0], parts[1], parts[2]) * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5];
    us *= 1000000;
    int64_t place = 100000;
    for (size_t at = 20; s[19] == '.' && at < text.size && s[at] >= '0' && s[at] <= '9'; at++, place /= 10)
        us += place * (s[at] - '0');
    return us;
}

enum member_kind { TEXT, NUMBER, TIME, FLAG };

/* Stores a member that is known. */
static void store(struct event_line *line, struct span key, struct span value, bool is_text)
{
    static const struct {
        const char *key;
        unsigned char size, kind;
        size_t place;
    } table[] = {
#define ROW(name, kind, member) {name, sizeof name - 1, kind, offsetof(struct event_line, member)}
        ROW("event", TEXT, event),
        ROW("signature", TEXT, signature),
        ROW("exe", TEXT, exe),
        ROW("signal", TEXT, signal),
        ROW("path", TEXT, path),
        ROW("action", TEXT, action),
        ROW("scope", TEXT, scope),
        ROW("decision", TEXT, decision),
        ROW("routine", TEXT, routine),
        ROW("peer", TEXT, peer),
        ROW("reason", TEXT, reason),
        ROW("name", TEXT, name),
        ROW("to", TEXT, to),
        ROW("how", TEXT, how),
        ROW("pid", NUMBER, pid),
        ROW("count", NUMBER, count),
        ROW("time", TIME, time_us),
        ROW("sockets", NUMBER, sockets),
        ROW("suppressed", FLAG, is_suppressed),
#undef ROW
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].size != key.size || memcmp(table[i].key, key.bytes, key.size) != 0)
            continue;
        char *place = (char *)line + table[i].place;
        int64_t number = 0;
        if (table[i].kind == TEXT && is_text)
            memcpy(place, &value, sizeof value);
        else if (table[i].kind == FLAG)
            *(bool *)place = !is_text && value.bytes[0] == 't';
        else if (table[i].kind == TIME && is_text)
            number = event_line_time(value), memcpy(place, &number, sizeof number);
        else if (table[i].kind == NUMBER && !is_text && (number = parse_number(value)) >= 0)
            memcpy(place, &number, sizeof number);
        return;
    }
}

static int take_members(struct cursor *cursor, struct event_line *line)
{
    if (!take(cursor, '{'))
        return -EBADMSG;
    do {
        struct span key, value;
        if (!take(cursor, '"') || !take_string(cursor, &key) || !take(cursor, ':'))
            return -EBADMSG;
        skip_blanks(cursor);
        bool is_text = cursor->at < cursor->end && *cursor->at == '"';
        if (is_text)
            cursor->at++;
        if (!(is_text ? take_string(cursor, &value) : take_other(cursor, &value)))
            return -EBADMSG;
        store(line, key, value, is_text);
    } while (take(cursor, ','));
    return take(cursor, '}') ? 0 : -EBADMSG;
}

int event_line_parse(const char *line, size_t size, char *scratch, struct event_line *ret_line)
{
    struct cursor cursor = {line, line + size, scratch};
    struct event_line parsed = {.time_us = -1, .count = 1};
    int error = take_members(&cursor, &parsed);
    skip_blanks(&cursor);
    if (error || cursor.at != cursor.end || !parsed.event.bytes)
        return -EBADMSG;
    parsed.has_bundle =
        parsed.path.bytes &&
        (span_is(parsed.event, "crash") || span_is(parsed.event, "contained") ||
         span_is(parsed.event, "exit") || span_is(parsed.event, "died") || span_is(parsed.event, "dump"));
    *ret_line = parsed;
    return 0;
}
