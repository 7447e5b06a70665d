/* SPDX-License-Identifier: MIT */
/* Parsing a command line by a table: see screen/options.h. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/options.h"
#include "base/time.h"

#define COUNT_MAX 1000000

int options_read_flag(const char *argument, void *ret)
{
    (void)argument;
    *(bool *)ret = true;
    return 0;
}

int options_read_string(const char *argument, void *ret)
{
    *(const char **)ret = argument;
    return 0;
}

int options_read_count(const char *argument, void *ret)
{
    char *end;

    if (!isdigit((unsigned char)*argument))
        return -EINVAL;
    errno = 0;
    unsigned long value = strtoul(argument, &end, 10);
    if (errno != 0 || *end || value > COUNT_MAX)
        return -EINVAL;
    *(size_t *)ret = value;
    return 0;
}

int options_read_time(const char *argument, void *ret)
{
    return when_parse_age(argument, when_now_us(), ret);
}

int options_read_color(const char *argument, void *ret)
{
    static const char *const names[] = {"auto", "always", "never"};

    for (int i = 0; i < 3; i++)
        if (strcmp(argument, names[i]) == 0) {
            *(enum options_color *)ret = (enum options_color)i;
            return 0;
        }
    return -EINVAL;
}

/* The words still to parse. */
struct cursor {
    char **at, **end;
    void *settings;
    char **ret_message;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct cursor *cursor, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(cursor->ret_message, format, args) < 0)
        *cursor->ret_message = NULL;
    va_end(args);
    return -EINVAL;
}

static int store(const struct cursor *cursor, const struct options_row *row, const char *argument)
{
    if (row->read(argument, (char *)cursor->settings + row->offset) == 0)
        return 0;
    return refuse(cursor, "'%s' is not a value for --%s %s", argument, row->name, row->argument);
}

/* --name, --name=argument, --name argument */
static int parse_long(struct cursor *cursor, const struct options_row *rows, const char *word)
{
    size_t len = strcspn(word, "=");
    const char *argument = word[len] == '=' ? word + len + 1 : NULL;

    while (rows->name && (strlen(rows->name) != len || strncmp(rows->name, word, len) != 0))
        rows++;
    if (!rows->name)
        return refuse(cursor, "unknown option '--%.*s'", (int)len, word);
    if (!rows->argument && argument)
        return refuse(cursor, "option '--%s' takes no argument", rows->name);
    if (rows->argument && !argument) {
        if (cursor->at == cursor->end)
            return refuse(cursor, "option '--%s' needs an argument: %s", rows->name, rows->argument);
        argument = *cursor->at++;
    }
    return store(cursor, rows, argument);
}

/* -a, -ab, -n5, -n 5 */
static int parse_short(struct cursor *cursor, const struct options_row *rows, const char *letters)
{
    for (; *letters; letters++) {
        const struct options_row *row = rows;
        const char *argument = NULL;

        while (row->name && row->letter != *letters)
            row++;
        if (!row->name)
            return refuse(cursor, "unknown option '-%c'", *letters);
        if (row->argument && letters[1])
            argument = letters + 1;
        else if (row->argument && cursor->at == cursor->end)
            return refuse(cursor, "option '-%c' needs an argument: %s", row->letter, row->argument);
        else if (row->argument)
            argument = *cursor->at++;
        int error = store(cursor, row, argument);
        if (error < 0 || row->argument)
            return error;
    }
    return 0;
}

int options_parse(const struct options_row *rows, int argc, char **argv, void *settings,
                  struct options_operands *ret_operands, char **ret_message)
{
    struct cursor cursor = {.at = argv, .end = argv + argc, .settings = settings, .ret_message = ret_message};
    struct options_operands operands = {.words = argv, .rest = argv + argc};

    *ret_message = NULL;
    while (cursor.at < cursor.end) {
        char *word = *cursor.at++;
        int error = 0;

        if (strcmp(word, "--") == 0) {
            operands.rest = cursor.at;
            operands.rest_count = (size_t)(cursor.end - cursor.at);
            break;
        }
        if (word[0] != '-' || word[1] == '\0' || isdigit((unsigned char)word[1]))
            operands.words[operands.count++] = word; /* never ahead of cursor.at */
        else if (word[1] == '-')
            error = parse_long(&cursor, rows, word + 2);
        else
            error = parse_short(&cursor, rows, word + 1);
        if (error < 0)
            return error;
    }
    *ret_operands = operands;
    return 0;
}

const char *options_operand(const struct options_operands *operands, size_t index)
{
    return index < operands->count ? operands->words[index] : NULL;
}
