/* SPDX-License-Identifier: MIT */
#include "options/help.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "options/table.h"

#define COLUMN 26
#define WIDTH  79

/* The text in words, from the column on; the cursor is at 'at'. */
static void put_wrapped(const char *text, int at)
{
    if (at + 1 >= COLUMN) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", COLUMN - at, "");
    at = COLUMN;
    for (const char *word = text; *word;) {
        int length = (int)strcspn(word, " ");
        if (at > COLUMN && at + 1 + length > WIDTH) {
            printf("\n%*s", COLUMN, "");
            at = COLUMN;
        }
        at += printf("%s%.*s", at > COLUMN ? " " : "", length, word);
        word += length;
        word += strspn(word, " ");
    }
    putchar('\n');
}

static void put_row(char letter, const char *name, const char *argument, const char *help)
{
    int at = letter ? printf("  -%c, --%s", letter, name) : printf("      --%s", name);
    if (argument)
        at += printf("=%s", argument);
    put_wrapped(help, at);
}

/* A default is said of what takes a value and has one. */
static void put_run_row(const struct run_row *row)
{
    char text[512];
    bool has_default = row->argument && row->fallback[0];
    snprintf(text, sizeof text, "%s%s%s", row->help, has_default ? "; default " : "",
             has_default ? row->fallback : "");
    put_row(row->letter, row->name, row->argument, text);
}

void run_help(void)
{
    char name[64];
    puts("Usage: crumple-run [OPTION]... [--] COMMAND [ARGUMENT]...\n"
         "       crumple run [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
         "Starts COMMAND with libcrumple.so preloaded, as an init: it sends signals on, reaps\n"
         "orphans, and ends with the command's status. Each end that leaves no bundle of its\n"
         "own becomes an event in the crash directory.\n\n"
         "  crumple-run -- redis-server /etc/redis/redis.conf\n"
         "      the entrypoint of a container\n\nOptions:");
    for (size_t i = 0; i < run_row_count; i++)
        put_run_row(&run_rows[i]);
    put_row('h', "help", NULL, "show this help");
    put_row('V', "version", NULL, "show the version");
    puts("\nOptions of the preload, each the same as its variable:");
    for (size_t i = 0; i < preload_row_count; i++) {
        preload_row_name(&preload_rows[i], name, sizeof name);
        put_row(0, name, "VALUE", preload_rows[i].help);
    }
    puts("\nThe variable of --exit-by-signal is CRUMPLE_RUN_EXIT_BY_SIGNAL, that of --stack-bytes\n"
         "is CRUMPLE_STACK_BYTES. An option comes before its variable.\n\n"
         "Exit status: that of COMMAND, or 128 and the number of the signal that ended it. 127:\n"
         "COMMAND was not found; 126: it cannot be executed; 2: wrong usage.");
}
