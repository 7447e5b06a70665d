/* SPDX-License-Identifier: MIT */
/* show --gdb: the core of a bundle in gdb. */
#ifndef CRUMPLE_CLI_VERBS_SHOW_GDB_H
#define CRUMPLE_CLI_VERBS_SHOW_GDB_H

#include "lookup/sources.h"
#include "screen/options.h"
#include "places/open_bundle.h"

/** Run gdb on the bundle that the first operand names, with the words after '--'. places: as for show_load;
 * sources: where gdb looks, too; its exe is the executable, NULL: the report's, below the sysroot if it is there. A child in a sandbox reads the bundle; this process sees two strings of
 * it. Says what is wrong. Returns the status of gdb or of the verb. */
int show_gdb(const struct options_operands *operands, const struct show_places *places,
             const struct sources *sources);

#endif
