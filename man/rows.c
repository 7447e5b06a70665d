/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void put_option(const struct options_row *row, const char *verb)
{
    const char *argument = or_empty(row->argument);
    char *help = options_help_text(row);

    printf("option\t%s\t%.*s\t%s\t%.*s\t%s\t%s\n", verb, row->letter ? 1 : 0, &row->letter, row->name,
           (int)strcspn(argument, ":"), argument, or_empty(options_words(row)), or_empty(help));
    free(help);
}

void rows_put_verb(const struct verb *verb, const char *name)
{
    printf("verb\t%s\t%s\t%s\t%s\t%s\n", name, or_empty(verb->operands), or_empty(verb->summary),
           or_empty(verb->program), or_empty(verb->about));
    if (verb->program)
        return;
    for (const struct verb_example *example = verb->examples; example->command; example++)
        printf("example\t%s\t%s\t%s\n", name, example->command, example->meaning);
    for (const struct options_row *row = verb->options; row->name; row++)
        put_option(row, name);
    for (const struct verb_exit_text *exit = verb->exits; exit->meaning; exit++)
        printf("exit\t%s\t%d\t%s\n", name, exit->code, exit->meaning);
}
