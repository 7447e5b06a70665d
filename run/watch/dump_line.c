/* SPDX-License-Identifier: MIT */
#include "watch/dump_line.h"

#include <string.h>

#define CREATED     "created by "
#define CREATOR     " in goroutine "
#define UNAVAILABLE "\tgoroutine running on other thread; stack unavailable"
#define ANCESTOR    "[originating from goroutine "

static bool are_digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return size > 0;
}

/* "+0x1d", "pc=0x46": what may follow the number of a line. */
static bool is_offset(const char *word, size_t size)
{
    static const char *const begins[] = {"+0x", "fp=0x", "sp=0x", "pc=0x"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        size_t at = strlen(begins[i]);
        if (size <= at || memcmp(word, begins[i], at) != 0)
            continue;
        while (at < size && ((word[at] >= '0' && word[at] <= '9') || (word[at] >= 'a' && word[at] <= 'f')))
            at++;
        return at == size;
    }
    return false;
}

/* The size without the last word, if that is an offset; else the size. */
static size_t without_offset(const char *line, size_t size)
{
    const char *blank = memrchr(line, ' ', size);
    const size_t at = blank ? (size_t)(blank - line) : size;
    return blank && is_offset(blank + 1, size - at - 1) ? at : size;
}

static bool is_file(const char *line, size_t size)
{
    if (size > 1 && is_offset(line + 1, size - 1)) /* C code without a file */
        return true;
    for (size_t rest = size; (rest = without_offset(line, size)) != size;)
        size = rest;
    const char *colon = memrchr(line, ':', size);
    return colon && are_digits(colon + 1, size - (size_t)(colon + 1 - line));
}

static bool is_created(const char *line, size_t size)
{
    const char *name = line + sizeof CREATED - 1, *creator = memmem(line, size, CREATOR, sizeof CREATOR - 1);
    const char *end = creator ? creator : line + size,
               *number = creator ? creator + sizeof CREATOR - 1 : NULL;
    if (number && !are_digits(number, size - (size_t)(number - line)))
        return false;
    for (const char *at = name; at < end; at++)
        if (*at <= ' ' || strchr("\"<>{}:;,", *at))
            return false;
    return name < end && memchr(name, '.', (size_t)(end - name));
}

bool dump_line_is_whole(enum go_line_kind kind, const char *line, size_t size)
{
    switch (kind) {
    case GO_LINE_FILE:
        return is_file(line, size);
    case GO_LINE_CREATED:
        return is_created(line, size);
    case GO_LINE_UNAVAILABLE:
        return size == sizeof UNAVAILABLE - 1;
    case GO_LINE_RUNTIME: /* what else the runtime says may be anything */
        return size > sizeof ANCESTOR && memcmp(line, ANCESTOR, sizeof ANCESTOR - 1) == 0 &&
               memcmp(line + size - 2, "]:", 2) == 0 &&
               are_digits(line + sizeof ANCESTOR - 1, size - sizeof ANCESTOR - 1);
    case GO_LINE_GOROUTINE:
    case GO_LINE_FUNCTION:
    case GO_LINE_ELIDED:
    case GO_LINE_BLANK: /* go_line_kind() looks at the whole of these */
        return true;
    default:
        return false;
    }
}
