/* SPDX-License-Identifier: MIT */
/* Starting gdb on the core of a bundle. */
#ifndef CRUMPLE_CLI_VERBS_GDB_H
#define CRUMPLE_CLI_VERBS_GDB_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lookup/sources.h"

/** The executable that the report names. *ret_build_id: what its module entry names, or NULL. Both are the
 * report's. Returns NULL where the report names none, or not by an absolute path. */
const char *gdb_executable(const json_t *report, const char **ret_build_id);

/** Run 'gdb WORDS... EXE CORE' in the foreground and wait for it. sources: where gdb looks for files, too. from_terminal: stdin was used up, so gdb
 * gets the terminal. Returns its exit status (128 and the signal where one ended it) or a negative errno. */
int gdb_run(const char *exe, const char *core, const struct sources *sources, char **words, size_t count,
            bool from_terminal);

#endif
