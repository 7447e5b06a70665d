/* SPDX-License-Identifier: MIT */
/* --help, printed from the tables: see help.h. */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "verbs.h"

#define WIDTH  80
#define INDENT 26 /* of an option's sentence */

/* Print words with line breaks, each line but the first indented. */
static void put_wrapped(const char *text, int indent, int at)
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

static void put_option(char letter, const char *name, const char *argument, const char *help)
{
    char left[64];
    int n;

    n = snprintf(left, sizeof(left), letter ? "  -%c, --%s%s%s" : "  %.0d    --%s%s%s", letter, name,
                 argument ? "=" : "", argument ? argument : "");
    printf("%-*s", INDENT, left);
    if (n >= INDENT)
        printf("\n%*s", INDENT, "");
    put_wrapped(help, INDENT, INDENT);
}

static void put_examples(const struct verbs_example *examples)
{
    printf("\nExamples:\n");
    for (; examples->command; examples++)
        printf("  %s\n      %s\n", examples->command, examples->meaning);
}

void help_verb(const struct verb *verb)
{
    printf("Usage: crumple %s [OPTION]... %s\n\n", verb->name, verb->operands);
    put_wrapped(verb->about, 0, 0);
    put_examples(verb->examples);
    printf("\nOptions:\n");
    for (const struct options_row *row = verb->options; row->name; row++)
        put_option(row->letter, row->name, row->argument, row->help);
    put_option('h', "help", NULL, "Show this help.");
    printf("\nExit status:\n");
    for (const struct verbs_exit_text *exit = verb->exits; exit->meaning; exit++) {
        printf("  %d  ", exit->code);
        put_wrapped(exit->meaning, 5, 5);
    }
}

void help_all(void)
{
    static const struct verbs_example examples[] = {
        {"crumple", "list the crashes in the crash directory, newest last"},
        {"crumple show last", "show the newest crash"},
        {"crumple group --since 7d", "count a week's crashes by signature"},
        {NULL, NULL},
    };

    printf("Usage: crumple [VERB] [OPTION]... [ARGUMENT]...\n"
           "       crumple help VERB\n\n"
           "Reads the crash bundles that libcrumple.so leaves behind.\n");
    put_examples(examples);
    printf("\nVerbs:\n");
    for (const struct verb *const *verb = verbs_all; *verb; verb++)
        printf("  %-10s%s%s\n", (*verb)->name, (*verb)->summary, verb == verbs_all ? " (the default)" : "");
    printf("\nOptions:\n");
    put_option('h', "help", NULL, "Show this help, or the help of the verb.");
    put_option(0, "version", NULL, "Show the version.");
    printf("\nThe crash directory is $CRUMPLE_DIR, else /var/crash/crumple if it exists, else\n"
           "${TMPDIR:-/tmp}/crumple-UID.\n"
           "\nExit status: 0 success, 1 nothing matched, 2 wrong usage, 3 unreadable or\n"
           "damaged.\n");
}
