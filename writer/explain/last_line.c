/* SPDX-License-Identifier: MIT */
#include "explain/last_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/redact.h"
#include "go_line.h"
#include "log_line.h"

#define LOOK_BYTES 4096        /* of one line */
#define OURS       "crumple: " /* begins our own lines, which are none of the server's */
#define HEX_LEAST  8           /* letters a to f alone are an id from so many on */

/* Where the escape sequence at text ends (ECMA-48: ESC [ ... letter); 0: there is none. */
static size_t escape_size(const char *text, size_t size)
{
    size_t at = 2;
    if (size < 2 || text[0] != 0x1b || text[1] != '[')
        return 0;
    while (at < size && (isdigit((unsigned char)text[at]) || text[at] == ';' || text[at] == '?'))
        at++;
    return at < size ? at + 1 : at;
}

/* The line without escape sequences and without blanks around it. Returns its length. */
static size_t take_line(const char *text, size_t size, char *ret_line)
{
    size_t used = 0;
    for (size_t at = 0; at < size && used < LOOK_BYTES;) {
        size_t skipped = escape_size(text + at, size - at);
        if (!skipped && (used || !isspace((unsigned char)text[at])) && text[at] != '\r')
            ret_line[used++] = text[at];
        at += skipped ? skipped : 1;
    }
    while (used && isspace((unsigned char)ret_line[used - 1]))
        used--;
    return used;
}

/* Of a stack of a goroutine that the line before it is about. It ends with the place of a call. */
static bool is_of_stack(const char *line, size_t size, bool is_stack)
{
    const enum go_line_kind kind = go_line_kind(line, size);
    return kind == GO_LINE_FILE || (is_stack && (kind == GO_LINE_FUNCTION || kind == GO_LINE_CREATED ||
                                                 kind == GO_LINE_ELIDED || kind == GO_LINE_GOROUTINE));
}

/* The last line that holds something, is not ours and no part of a goroutine's stack. Returns its length. */
static size_t find_raw(const char *text, size_t size, char line[LOOK_BYTES])
{
    size_t used = 0;
    bool is_stack = false;
    for (size_t end = size; end && !used;) {
        const char *newline = memrchr(text, '\n', end);
        const size_t begin = newline ? (size_t)(newline - text) + 1 : 0;
        used = take_line(text + begin, end - begin, line);
        is_stack = is_of_stack(text + begin, end - begin, is_stack);
        if (is_stack)
            used = 0;
        if (used >= sizeof OURS - 1 && memcmp(line, OURS, sizeof OURS - 1) == 0)
            used = 0;
        end = newline ? begin - 1 : 0;
    }
    return used;
}

static void show(const char *line, size_t used, char *ret_line, size_t line_size)
{
    struct buffer shown = {0};
    redact_argument(&shown, line, used, "", 0);
    size_t cut = shown.failed ? 0 : shown.size < line_size ? shown.size : line_size - 1;
    while (cut && cut < shown.size && ((unsigned char)shown.data[cut] & 0xc0) == 0x80)
        cut--; /* not in the middle of a character */
    if (cut)
        memcpy(ret_line, shown.data, cut);
    ret_line[cut] = '\0';
    buffer_release(&shown);
}

void last_line_find(const char *text, size_t size, char *ret_line, size_t line_size)
{
    char line[LOOK_BYTES];
    const size_t used = find_raw(text, size, line);
    show(line, used, ret_line, line_size);
}

static bool is_fatal(struct span level)
{
    static const char *const levels[] = {"fatal", "panic", "critical", "emergency", "emerg", "alert"};
    for (size_t i = 0; level.bytes && i < sizeof levels / sizeof *levels; i++)
        if (level.size == strlen(levels[i]) && strncasecmp(level.bytes, levels[i], level.size) == 0)
            return true;
    return false;
}

bool last_line_find_message(const char *text, size_t size, char *ret_line, size_t line_size)
{
    char line[LOOK_BYTES], scratch[LOOK_BYTES];
    struct buffer message = {0};
    struct log_line read;
    const size_t used = find_raw(text, size, line);
    log_line_read(line, used, scratch, &read);
    ret_line[0] = '\0';
    if (log_line_is_calm(&read))
        return false; /* of an end it tells nothing, and each time it is another line */
    buffer_add(&message, read.message.bytes, read.message.size);
    if (read.error.size) {
        buffer_add_text(&message, ": ");
        buffer_add(&message, read.error.bytes, read.error.size);
    }
    if (message.data && !message.failed)
        show(message.data, message.size, ret_line, line_size);
    else
        show(line, used, ret_line, line_size);
    buffer_release(&message);
    return read.is_json && is_fatal(read.level);
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Names in dates (asctime(3), syslog). */
static bool is_date_name(const char *word, size_t size)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDecMonTueWedThuFriSatSun";
    for (size_t at = 0; size == 3 && at < sizeof names - 1; at += 3)
        if (memcmp(names + at, word, 3) == 0)
            return true;
    return false;
}

/* A word that another run would write differently. */
static bool is_variable(const char *word, size_t size)
{
    size_t hex = 0;
    for (size_t at = 0; at < size; at++) {
        if (isdigit((unsigned char)word[at]))
            return true;
        hex += isxdigit((unsigned char)word[at]) != 0;
    }
    return (hex == size && size >= HEX_LEAST) || is_date_name(word, size);
}

/* '#' after '#' with nothing but punctuation between them is one: 2026-11-29 12:00:01.5, 10.0.0.1:80, uuids. */
static bool joins_number(const char *text, size_t used)
{
    while (used && strchr(".:,-/+ ", text[used - 1]))
        used--;
    return used && text[used - 1] == '#';
}

static size_t back_to_number(const char *text, size_t used)
{
    while (used && text[used - 1] != '#')
        used--;
    return used;
}

void last_line_normalize(const char *line, char *ret_text, size_t text_size)
{
    size_t used = 0;
    for (const char *at = line; *at && used + 1 < text_size;) {
        size_t n = 0;
        while (is_word_char(at[n]))
            n++;
        if (n && is_variable(at, n)) {
            if (joins_number(ret_text, used))
                used = back_to_number(ret_text, used);
            else
                ret_text[used++] = '#';
            at += n;
            continue;
        }
        n = n ? n : 1;
        const bool is_blank = isspace((unsigned char)*at);
        if (is_blank && used && ret_text[used - 1] == ' ')
            n = 0;
        else if (n > text_size - 1 - used)
            n = text_size - 1 - used;
        if (n)
            memcpy(ret_text + used, is_blank ? " " : at, n);
        used += n;
        at += n ? n : 1;
    }
    while (used && ret_text[used - 1] == ' ')
        used--;
    ret_text[used] = '\0';
}
