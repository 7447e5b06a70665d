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
    const int index = options_word_index(OPTIONS_COLOR_WORDS, argument);

    if (index < 0)
        return -EINVAL;
    *(enum options_color *)ret = (enum options_color)index;
    return 0;
}

int options_read_table(const char *argument, void *ret)
{
    (void)argument;
    *(enum options_format *)ret = OPTIONS_FORMAT_TABLE;
    return 0;
}

int options_read_json(const char *argument, void *ret)
{
    (void)argument;
    *(enum options_format *)ret = OPTIONS_FORMAT_JSON;
    return 0;
}

const char *options_words(const struct options_row *row)
{
    const char *colon = row->argument ? strchr(row->argument, ':') : NULL;

    return colon ? colon + 1 : NULL;
}

int options_word_index(const char *words, const char *word)
{
    const size_t length = strlen(word);

    for (int index = 0; *words; index++) {
        const size_t size = strcspn(words, "|");

        if (size == length && memcmp(words, word, length) == 0)
            return index;
        words += size + (words[size] == '|');
    }
    return -1;
}

char *options_words_text(const char *words)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (const char *at = words; out && *at;) {
        const size_t length = strcspn(at, "|"), next = length + (at[length] == '|');
        const char *before = at == words ? "" : at[next] ? ", " : " or ";

        fprintf(out, "%s%.*s", before, (int)length, at);
        at += next;
    }
    if (out && fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

char *options_help_text(const struct options_row *row)
{
    const char *words = options_words(row), *mark = words ? strstr(row->help, "{}") : NULL;
    char *text = mark ? options_words_text(words) : NULL, *help = NULL;
    const int before = mark ? (int)(mark - row->help) : 0;

    if (!mark)
        return strdup(row->help);
    if (text && asprintf(&help, "%.*s%s%s", before, row->help, text, mark + 2) < 0)
        help = NULL;
    free(text);
    return help;
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

/* "KEY=GLOB" of "KEY=GLOB:exe|event|". */
static int argument_size(const struct options_row *row)
{
    return (int)strcspn(row->argument, ":");
}

/* What an argument without words may be, by the name that --help has for it; NULL: nothing more can be said. */
static const char *argument_meaning(const struct options_row *row)
{
    if (row->read == options_read_time)
        return "RFC 3339, such as 2026-11-30T08:00:00Z, local time, such as '2026-11-30 08:00', or an age, such as 90m, 2h, 3d";
    if (strcmp(row->argument, "N") == 0 || strcmp(row->argument, "SECONDS") == 0)
        return "a whole number, up to 1000000";
    return NULL;
}

static int refuse_value(const struct cursor *cursor, const struct options_row *row, const char *argument)
{
    const char *words = options_words(row);
    const int size = argument_size(row), name_size = (int)strcspn(row->argument, ":=");
    const char *meaning = words ? NULL : argument_meaning(row);
    char *text = words ? options_words_text(words) : meaning ? strdup(meaning) : NULL;
    const bool is_open = words && words[strlen(words) - 1] == '|';
    int error =
        text ? refuse(cursor, "'%s' is not a value for --%s %.*s; %.*s is %s%s", argument, row->name, size,
                      row->argument, name_size, row->argument, is_open ? "a tag's name, or " : "", text)
             : refuse(cursor, "'%s' is not a value for --%s %.*s", argument, row->name, size, row->argument);
    free(text);
    return error;
}

static int store(const struct cursor *cursor, const struct options_row *row, const char *argument)
{
    const char *words = options_words(row);
    const bool is_closed = words && words[strlen(words) - 1] != '|';

    if ((!is_closed || options_word_index(words, argument) >= 0) &&
        row->read(argument, (char *)cursor->settings + row->offset) == 0)
        return 0;
    return refuse_value(cursor, row, argument);
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
            return refuse(cursor, "option '--%s' needs an argument: %.*s", rows->name, argument_size(rows),
                          rows->argument);
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
            return refuse(cursor, "option '-%c' needs an argument: %.*s", row->letter, argument_size(row),
                          row->argument);
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
