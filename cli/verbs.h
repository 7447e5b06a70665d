/* SPDX-License-Identifier: MIT */
/* The table of verbs. A verb is one file, verb_NAME.c, that defines one struct verb; verbs.c lists them. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "screen/options.h"

enum verbs_exit {
    VERBS_OK = 0,      /* found and fine */
    VERBS_NOTHING = 1, /* nothing matched */
    VERBS_USAGE = 2,
    VERBS_DAMAGED = 3 /* something is unreadable or damaged, or could not be done */
};

struct verbs_example {
    const char *command, *meaning;
};

struct verbs_exit_text {
    int code;
    const char *meaning;
};

struct verb {
    const char *name;
    const char *operands;                 /* how --help shows what follows the options */
    const char *summary;                  /* one line, for the list of verbs */
    const char *about;                    /* a paragraph */
    const struct verbs_example *examples; /* ends with .command == NULL */
    const struct options_row *options;    /* ends with .name == NULL */
    const struct verbs_exit_text *exits;  /* ends with .meaning == NULL */
    size_t settings_size;
    size_t most_operands;
    bool takes_rest; /* words after '--' are not operands */
    /* settings: of settings_size bytes, zero where no option was given. Returns enum verbs_exit, or the
     * status of a program that the verb ran. */
    int (*run)(const void *settings, const struct options_operands *operands);
};

extern const struct verb verbs_list_verb, verbs_show_verb, verbs_group_verb, verbs_collect_verb,
    verbs_metrics_verb, verbs_drill_verb, verbs_install_verb;

/* Every verb, ended by NULL; the first is the default. */
extern const struct verb *const verbs_all[];

/* The verb of that name, or NULL. */
const struct verb *verbs_find(const char *name);

/* The verb whose name is nearest to a wrong one, or NULL where none is near. */
const struct verb *verbs_nearest(const char *name);

/* Parse the words after the verb and run it. Returns its exit status. */
int verbs_run(const struct verb *verb, int argc, char **argv);

#endif
