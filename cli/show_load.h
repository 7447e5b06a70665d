/* SPDX-License-Identifier: MIT */
/* Finding and loading the bundle that a word on show's command line means. */
#ifndef CLI_SHOW_LOAD_H
#define CLI_SHOW_LOAD_H

#include <jansson.h>

#include "bundle_read.h"

/* A bundle whose report has been read; the reader stands before what follows it. */
struct show_bundle {
    char *path; /* "-": stdin */
    int fd;
    struct bundle_reader *reader;
    json_t *report;
};

/* Resolve word (see resolve.h; "-" is stdin) and load its report; dir: where ids are looked for, NULL for the
 * crash directory. Says what is wrong. Returns VERBS_OK, else the exit status; show_unload frees in either
 * case. */
int show_load(const char *word, const char *dir, struct show_bundle *ret_bundle);

void show_unload(struct show_bundle *bundle);

#endif
