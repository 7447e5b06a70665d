/* SPDX-License-Identifier: MIT */
#include "go_unlace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE ((size_t)-1)

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

/* "2026/11/29 15:04:05 " */
static bool is_date(const char *text)
{
    static const char form[] = "0000/00/00 00:00:00 ";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

static size_t find_date(const char *line, size_t size)
{
    for (size_t at = 0; at + 20 <= size; at++) {
        const char *slash = at + 4 < size ? memchr(line + at + 4, '/', size - at - 4) : NULL;
        if (!slash)
            return NOWHERE;
        at = (size_t)(slash - line) - 4;
        if (at + 20 <= size && is_date(line + at))
            return at;
    }
    return NOWHERE;
}

static size_t find_log(const char *line, size_t size)
{
    size_t json = find_json(line, size);
    return json != NOWHERE ? json : find_date(line, size);
}

char *go_unlace(const char *text, size_t size, size_t *ret_size)
{
    char *clean = NULL;
    size_t used = 0;
    for (size_t at = 0, next; at < size; at = next) {
        const char *newline = memchr(text + at, '\n', size - at);
        next = newline ? (size_t)(newline - text) + 1 : size;
        size_t log = find_log(text + at, next - at - (newline ? 1 : 0));
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
