/* SPDX-License-Identifier: MIT */
#include "go_unlace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "go_line.h"
#include "go_text.h"

#define NOWHERE    ((size_t)-1)
#define DATE_BYTES 19 /* to the second */

static bool has(const char *text, size_t size, const char *what)
{
    return memmem(text, size, what, strlen(what)) != NULL;
}

/* Where an object of a JSON log begins, which ends with the line; NOWHERE. A panic may say JSON, too: not with a level. */
static size_t find_json(const char *line, size_t size)
{
    if (size < 2 || line[size - 1] != '}')
        return NOWHERE;
    const char *open = memmem(line, size, "{\"", 2);
    if (!open || !has(open, size - (size_t)(open - line), "\"level\":"))
        return NOWHERE;
    return (size_t)(open - line);
}

/* As Go's log and others begin a line. */
static bool is_date(const char *text)
{
    static const char *const forms[] = {"0000/00/00 00:00:00", "0000-00-00T00:00:00", "0000-00-00 00:00:00"};
    for (size_t form = 0; form < sizeof forms / sizeof *forms; form++) {
        size_t i = 0;
        while (i < DATE_BYTES &&
               (forms[form][i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == forms[form][i]))
            i++;
        if (i == DATE_BYTES)
            return true;
    }
    return false;
}

static size_t find_date(const char *line, size_t size)
{
    for (size_t at = 0; at + DATE_BYTES <= size; at++)
        if ((line[at + 4] == '/' || line[at + 4] == '-') && is_date(line + at))
            return at;
    return NOWHERE;
}

/* A message may look like a log line. One that broke into a message is followed by the rest of it: by nothing that stands alone. An empty
 * rest may be either: a date belongs to the message then, an object with a level does not. */
static bool is_of_message(struct go_text before, const char *next, const char *end, bool is_json)
{
    const enum go_line_kind kind = go_line_kind(before.at, before.size);
    const char *newline = next < end ? memchr(next, '\n', (size_t)(end - next)) : NULL;
    if (kind != GO_LINE_PANIC && kind != GO_LINE_FATAL)
        return false;
    const enum go_line_kind rest = go_line_kind(next, (size_t)((newline ? newline : end) - next));
    return next == end || (rest != GO_LINE_OTHER && !(rest == GO_LINE_BLANK && is_json));
}

/* Where a log line begins in the line; behind it the text goes on at next. */
static size_t find_log(const char *line, size_t size, const char *next, const char *end)
{
    const size_t json = find_json(line, size), log = json != NOWHERE ? json : find_date(line, size);
    /* The path of a source may have a date in it. */
    if (log != NOWHERE && json == NOWHERE && go_line_kind(line, size) == GO_LINE_FILE)
        return NOWHERE;
    if (log == NOWHERE || is_of_message((struct go_text){line, log}, next, end, json != NOWHERE))
        return NOWHERE;
    return log;
}

char *go_unlace(const char *text, size_t size, size_t *ret_size)
{
    char *clean = NULL;
    size_t used = 0;
    for (size_t at = 0, next; at < size; at = next) {
        const char *newline = memchr(text + at, '\n', size - at);
        next = newline ? (size_t)(newline - text) + 1 : size;
        const size_t log = find_log(text + at, next - at - (newline ? 1 : 0), text + next, text + size);
        if (log != NOWHERE && !clean) {
            clean = malloc(size);
            if (!clean)
                break;
            memcpy(clean, text, at);
            used = at;
        }
        if (!clean)
            continue;
        size_t kept = log != NOWHERE ? log : next - at;
        memcpy(clean + used, text + at, kept);
        used += kept;
    }
    *ret_size = clean ? used : size;
    return clean;
}
