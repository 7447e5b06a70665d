/* SPDX-License-Identifier: MIT */
/* A verb: what its command line is, its --help, and how it runs. crumple has a table of verbs, crumple-drill is one. */
#ifndef CRUMPLE_CLI_SCREEN_VERB_H
#define CRUMPLE_CLI_SCREEN_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "screen/options.h"

enum verb_exit {
    VERB_OK = 0,
    VERB_NOTHING = 1, /* nothing matched */
    VERB_USAGE = 2,
    VERB_DAMAGED = 3, /* something is unreadable or damaged, or could not be done */
    VERB_FOUND = 4    /* what a gate asks for is there */
};

struct verb_example {
    const char *command, *meaning;
};

struct verb_exit_text {
    int code;
    const char *meaning;
};

struct verb {
    const char *name;
    const char *operands; /* how --help shows what follows the options */
    const char *summary;  /* one line, for the list of verbs */
    const char *program;  /* the program beside crumple that is this verb; then nothing follows here */
    const char *about;    /* a paragraph */
    const struct verb_example *examples; /* ends with .command == NULL */
    const struct options_row *options;   /* ends with .name == NULL */
    const struct verb_exit_text *exits;  /* ends with .meaning == NULL */
    size_t settings_size;
    size_t operands_max;
    bool takes_rest; /* words after '--' are not operands */
    /**
     * Do the work. settings: settings_size bytes, zero where no option was given.
     * Returns enum verb_exit, or the status of a program that the verb ran.
     */
    int (*run)(const void *settings, const struct options_operands *operands);
};

/** Print the help of one verb to stdout: usage, examples, options, exit status. */
void verb_help(const struct verb *verb);

/** Print words with line breaks at 80 columns, each line but the first indented; the cursor is in column at. */
void verb_put_wrapped(const char *text, int indent, int at);

/** Print examples, up to the one without a command. */
void verb_put_examples(const struct verb_example *examples);

/** Print the line of one option. letter: 0 for none; argument: NULL for none. */
void verb_put_option(char letter, const char *name, const char *argument, const char *help);

/** Parse the words after the verb and run it, or print its help. Returns the exit status. */
int verb_run(const struct verb *verb, int argc, char **argv);

#endif
