/* SPDX-License-Identifier: MIT */
/*
 * A verb's options are rows of a table; parsing, --help and the check of docs/cli.md all follow it. A row
 * says where in the verb's own settings struct the value goes and which function reads it.
 */
#ifndef CRUMPLE_CLI_SCREEN_OPTIONS_H
#define CRUMPLE_CLI_SCREEN_OPTIONS_H

#include <stddef.h>

enum options_color { OPTIONS_COLOR_AUTO, OPTIONS_COLOR_ALWAYS, OPTIONS_COLOR_NEVER };

/** Reads an option's argument (NULL for an option without one) into *ret. Returns 0 or -EINVAL. */
typedef int options_reader(const char *argument, void *ret);

struct options_row {
    char letter;          /* short form, or 0 */
    const char *name;     /* long form, without dashes; NULL ends a table */
    const char *argument; /* how --help names its argument; NULL: it takes none */
    const char *help;     /* one sentence */
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

/** Parse argv[0..argc) (no program name) into settings. Options and operands may be mixed; "-" and "-" before
 * a digit are operands. Operands are gathered in place at the front of argv. Returns 0, or -EINVAL with a
 * message that the caller frees in *ret_message. */
int options_parse(const struct options_row *rows, int argc, char **argv, void *settings,
                  struct options_operands *ret_operands, char **ret_message);

#endif
