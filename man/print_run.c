/* SPDX-License-Identifier: MIT */
/* Prints the options of crumple-run and the variables of the preload: see rows.h. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "crumple_options.h"
#include "options/table.h"

/* A row of crumple_options.h, its kind as a word. */
struct variable {
    const char *name, *kind, *fallback;
    unsigned long long min, max;
    const char *help;
};

#define VARIABLE(name, member, kind, fallback, min, max, help) {#name, #kind, fallback, min, max, help},
static const struct variable variables[] = {CRUMPLE_OPTIONS(VARIABLE)};

static const char *values_of(const char *kind)
{
    static const char *const values[][2] = {
        {"SWITCH", "0 or 1"},
        {"PATH", "absolute path"},
        {"GLOB", "shell pattern"},
        {"TEXT", "list"},
        {"PATHS", "list"},
        {"TIME", "time"},
        {"SIZE", "size"},
        {"SIGNALS", "`thread`, `off` or a list"},
        {"RULES", "list of `PATTERN=ACTION`"},
        {"BREAKER", "list of `KEY=VALUE`"},
        {"KEEP", "list of `KEY=VALUE`"},
        {"BACKOFF", "`TIME..TIME,COUNT/TIME`"},
    };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i][0], kind) == 0)
            return values[i][1];
    return "?";
}

/* The first word is the default. */
static void put_choice(const struct variable *variable)
{
    const char *words = variable->fallback, *between = "";
    size_t length = strcspn(words, " ");

    printf("%.*s\tone of ", (int)length, words);
    for (; *words; words += length, words += strspn(words, " "), between = ", ") {
        length = strcspn(words, " ");
        printf("%s`%.*s`", between, (int)length, words);
    }
}

static void put_variable(const struct variable *variable)
{
    printf("variable\t%s\t", variable->name);
    if (strcmp(variable->kind, "CHOICE") == 0)
        put_choice(variable);
    else
        printf("%s\t%s", variable->fallback, values_of(variable->kind));
    if (strcmp(variable->kind, "TIME") == 0)
        printf(", %llums to %llus", variable->min / 1000000, variable->max / 1000000000);
    if (strcmp(variable->kind, "SIZE") == 0)
        printf(", %llu to %lluM", variable->min, variable->max >> 20);
    printf("\t%s\n", variable->help);
}

static void put_run_row(const struct run_row *row)
{
    bool has_default = row->argument && row->fallback[0];
    bool has_words = row->argument && strchr(row->argument, '|');

    printf("option\tcrumple-run\t%.*s\t%s\t%s\t%s\t%s%s%s\n", row->letter ? 1 : 0, &row->letter, row->name,
           row->argument ? row->argument : "", has_words ? row->argument : "", row->help,
           has_default ? "; default " : "", has_default ? row->fallback : "");
}

/* The variable as an option: the two tables have one order. */
static void put_preload_row(const char *option, const struct variable *variable)
{
    bool is_choice = strcmp(variable->kind, "CHOICE") == 0;

    printf("option\tpreload\t\t%s\t%s\t", option, strcmp(variable->kind, "PATH") == 0 ? "PATH" : "VALUE");
    for (const char *at = is_choice                               ? variable->fallback
                          : strcmp(variable->kind, "SWITCH") == 0 ? "0 1"
                                                                  : "";
         *at; at++)
        putchar(*at == ' ' ? '|' : *at);
    printf("\t%s\n", variable->help);
}

int main(void)
{
    char name[64];

    for (size_t i = 0; i < run_row_count; i++)
        put_run_row(&run_rows[i]);
    for (size_t i = 0; i < preload_row_count; i++) {
        preload_row_name(&preload_rows[i], name, sizeof name);
        put_preload_row(name, &variables[i]);
    }
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        put_variable(&variables[i]);
    return 0;
}
