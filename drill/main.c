/* SPDX-License-Identifier: MIT */
/* crumple-drill: inject faults into a server on purpose, and see what comes of each. */
#include <stdio.h>
#include <string.h>

#include "crumple_format.h"
#include "verb.h"
#include "screen/out.h"

static int run_words(int argc, char **argv)
{
    if (argc == 1 && (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0)) {
        printf("crumple-drill %s\n", CRUMPLE_VERSION);
        return VERB_OK;
    }
    return verb_run(&drill_verb, argc, argv);
}

int main(int argc, char **argv)
{
    out_begin();
    int status = run_words(argc > 0 ? argc - 1 : 0, argv + 1);
    return out_end() ? status : VERB_DAMAGED;
}
