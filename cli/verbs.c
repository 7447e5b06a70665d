/* SPDX-License-Identifier: MIT */
/* The table of verbs, and how one is found and started. */
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "screen/say.h"
#include "verbs.h"

#define NEAR 3 /* edits */

const struct verb *const verbs_all[] = {
    &verbs_list_verb,    &verbs_show_verb,  &verbs_group_verb,   &verbs_collect_verb,
    &verbs_metrics_verb, &verbs_drill_verb, &verbs_install_verb, NULL,
};

const struct verb *verbs_find(const char *name)
{
    for (const struct verb *const *verb = verbs_all; *verb; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}

/* Levenshtein distance; words longer than the row are as far as can be. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32], n = strlen(b);

    if (n >= sizeof(row) / sizeof(row[0]) || strlen(a) >= sizeof(row) / sizeof(row[0]))
        return sizeof(row);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

            diagonal = row[j];
            row[j] = replace < least ? replace : least;
        }
    }
    return row[n];
}

const struct verb *verbs_nearest(const char *name)
{
    const struct verb *nearest = NULL;
    size_t least = NEAR;

    for (const struct verb *const *verb = verbs_all; *verb; verb++) {
        size_t edits = distance(name, (*verb)->name);

        if (edits < least || (strlen(name) > 1 && strncmp(name, (*verb)->name, strlen(name)) == 0)) {
            least = edits;
            nearest = *verb;
        }
    }
    return nearest;
}

static int wrong_usage(const struct verb *verb, char *message)
{
    say("%s; see 'crumple %s --help'", message ? message : "out of memory", verb->name);
    free(message);
    return VERBS_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int verbs_run(const struct verb *verb, int argc, char **argv)
{
    struct options_operands operands;
    char *message;
    void *settings;
    int status;

    if (wants_help(argc, argv)) {
        help_verb(verb);
        return VERBS_OK;
    }
    settings = calloc(1, verb->settings_size);
    if (!settings) {
        say("out of memory");
        return VERBS_DAMAGED;
    }
    if (options_parse(verb->options, argc, argv, settings, &operands, &message) < 0)
        status = wrong_usage(verb, message);
    else if (operands.count > verb->most_operands || (operands.rest_count > 0 && !verb->takes_rest))
        status = wrong_usage(verb, strdup("too many arguments"));
    else
        status = verb->run(settings, &operands);
    free(settings);
    return status;
}
