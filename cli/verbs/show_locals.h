/* SPDX-License-Identifier: MIT */
/* show --locals: variables of the faulting thread's frames. */
#ifndef CRUMPLE_CLI_VERBS_SHOW_LOCALS_H
#define CRUMPLE_CLI_VERBS_SHOW_LOCALS_H

#include "lookup/locals.h"
#include "places/open_bundle.h"

/** A file without a name for the core, which is gone with the process. Made before the sandbox is entered.
 * Returns a descriptor or -1. */
int show_locals_room(void);

/** Takes the core out of the bundle into that file, and finds the variables. Says what is missing. Returns
 * the array of locals_find, or NULL, and VERB_OK, or VERB_DAMAGED in *ret_status where the core cannot be
 * read. */
json_t *show_locals_find(const struct show_bundle *bundle, int room, const struct locals_wish *wish,
                         int *ret_status);

/** Puts the variables into the report: "locals" of the frames. */
void show_locals_add(json_t *report, const json_t *frames);

#endif
