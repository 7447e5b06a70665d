/* SPDX-License-Identifier: MIT */
/*
 * A verb's options are rows of a table; parsing, --help and the check of docs/cli.md all follow it. A row
 * says where in the verb's own settings struct the value goes and which function reads it.
 */
#ifndef CRUMPLE_CLI_SCREEN_OPTIONS_H
#define CRUMPLE_CLI_SCREEN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum options_color { OPTIONS_COLOR_AUTO, OPTIONS_COLOR_ALWAYS, OPTIONS_COLOR_NEVER };

/* What list and its likes print: a table on a terminal, else one JSON object a line. */
enum options_format { OPTIONS_FORMAT_AUTO, OPTIONS_FORMAT_TABLE, OPTIONS_FORMAT_JSON };

/** Reads an option's argument (NULL for an option without one) into *ret. Returns 0 or -EINVAL. */
typedef int options_reader(const char *argument, void *ret);

struct options_row {
    char letter;      /* short form, or 0 */
    const char *name; /* long form, without dashes; NULL ends a table */
    /* How --help names its argument; NULL: it takes none. After a colon follow the words that it may be,
     * "WHEN:auto|always|never"; a list that ends with '|' is open: any other word will do, too. */
    const char *argument;
    const char *help; /* one sentence; {} stands for the words */
    options_reader *read;
    size_t offset; /* of the value in the settings struct */
};

/* What is left of a command line. The strings are those of argv. */
struct options_operands {
    char **words; /* operands before '--' */
    size_t count;
    char **rest; /* words after '--' */
    size_t rest_count;
};

/** The operand of that index, or NULL where there are fewer. */
const char *options_operand(const struct options_operands *operands, size_t index);

options_reader options_read_flag;   /* bool: true */
options_reader options_read_string; /* const char *: the argument itself */
options_reader options_read_count;  /* size_t: 0 to 1,000,000 */
options_reader options_read_time;   /* int64_t: microseconds, RFC 3339 or an age */
options_reader options_read_color;  /* enum options_color */
options_reader options_read_table;  /* enum options_format, of an option without an argument */
options_reader options_read_json;   /* the same */

#define OPTIONS_COLOR_WORDS "auto|always|never"

/* Rows that several verbs have. type: of the verb's settings; member: of them. */
#define OPTIONS_COLOR_ROW(type, member)                                                                      \
    {                                                                                                        \
        0, "color", "WHEN:" OPTIONS_COLOR_WORDS, "Use colours: {}.", options_read_color,                     \
            offsetof(type, member)                                                                           \
    }
#define OPTIONS_TABLE_ROW(type, member)                                                                      \
    {                                                                                                        \
        0, "table", NULL, "Print a table, also where stdout is no terminal.", options_read_table,            \
            offsetof(type, member)                                                                           \
    }
#define OPTIONS_JSON_ROW(type, member)                                                                       \
    {                                                                                                        \
        0, "json", NULL, "Print one JSON object per line, also on a terminal.", options_read_json,           \
            offsetof(type, member)                                                                           \
    }

#define OPTIONS_PAGER_ROW(type, member)                                                                      \
    {                                                                                                        \
        0, "no-pager", NULL, "Start no pager, also where a terminal shows the result.", options_read_flag,   \
            offsetof(type, member)                                                                           \
    }

/** The words that an option's argument may be ("auto|always|never"), or NULL. */
const char *options_words(const struct options_row *row);

/** Where the word stands in a list, from 0 on; -1: it does not. */
int options_word_index(const char *words, const char *word);

/** The words for people, "auto, always or never"; to be freed, NULL: memory is short. */
char *options_words_text(const char *words);

/** The row's sentence with the words in it; to be freed, NULL: memory is short. */
char *options_help_text(const struct options_row *row);

/** Parse argv[0..argc) (no program name) into settings. Options and operands may be mixed; "-" and "-" before
 * a digit are operands. Operands are gathered in place at the front of argv. Returns 0, or -EINVAL with a
 * message that the caller frees in *ret_message. */
int options_parse(const struct options_row *rows, int argc, char **argv, void *settings,
                  struct options_operands *ret_operands, char **ret_message);

#endif
