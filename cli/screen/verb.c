/* SPDX-License-Identifier: MIT */
/* Running a verb, and its --help: see screen/verb.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/out.h"
#include "screen/verb.h"

#define WIDTH  80
#define INDENT 26 /* of an option's sentence */

void verb_put_wrapped(const char *text, int indent, int at)
{
    while (*text) {
        int len = (int)strcspn(text, " ");

        if (at > indent && at + 1 + len > WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", len, text);
        at += len;
        text += len;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void verb_put_option(char letter, const char *name, const char *argument, const char *help)
{
    char left[64];
    int n = snprintf(left, sizeof left, letter ? "  -%c, --%s%s%s" : "  %.0d    --%s%s%s", letter, name,
                     argument ? "=" : "", argument ? argument : "");
    printf("%-*s", INDENT, left);
    if (n >= INDENT)
        printf("\n%*s", INDENT, "");
    verb_put_wrapped(help, INDENT, INDENT);
}

/* The option of a row, with its words in its sentence. */
static void put_row(const struct options_row *row)
{
    char *name = row->argument ? strndup(row->argument, strcspn(row->argument, ":")) : NULL;
    char *help = options_help_text(row);

    verb_put_option(row->letter, row->name, name, help ? help : row->help);
    free(help);
    free(name);
}

void verb_put_examples(const struct verb_example *examples)
{
    printf("\nExamples:\n");
    for (; examples->command; examples++)
        printf("  %s\n      %s\n", examples->command, examples->meaning);
}

void verb_help(const struct verb *verb)
{
    printf("Usage: crumple %s [OPTION]... %s\n\n", verb->name, verb->operands);
    verb_put_wrapped(verb->about, 0, 0);
    verb_put_examples(verb->examples);
    printf("\nOptions:\n");
    for (const struct options_row *row = verb->options; row->name; row++)
        put_row(row);
    verb_put_option('h', "help", NULL, "Show this help.");
    printf("\nExit status:\n");
    for (const struct verb_exit_text *exit = verb->exits; exit->meaning; exit++) {
        printf("  %d  ", exit->code);
        verb_put_wrapped(exit->meaning, 5, 5);
    }
}

static int wrong_usage(const struct verb *verb, char *message)
{
    say("%s; see 'crumple %s --help'", message ? message : "out of memory", verb->name);
    free(message);
    return VERB_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int verb_run(const struct verb *verb, int argc, char **argv)
{
    struct options_operands operands;
    char *message;
    int status;

    if (wants_help(argc, argv)) {
        verb_help(verb);
        return VERB_OK;
    }
    void *settings = calloc(1, verb->settings_size);
    if (!settings) {
        say("out of memory");
        return VERB_DAMAGED;
    }
    if (options_parse(verb->options, argc, argv, settings, &operands, &message) < 0)
        status = wrong_usage(verb, message);
    else if (operands.count > verb->operands_max || (operands.rest_count > 0 && !verb->takes_rest))
        status = wrong_usage(verb, strdup("too many arguments"));
    else
        status = verb->run(settings, &operands);
    free(settings);
    return status;
}
