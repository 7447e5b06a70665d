/* SPDX-License-Identifier: MIT */
/* What a group of equal events is called: by its signature, and by a short word that people can type. */
#ifndef CRUMPLE_CLI_ROWS_GROUP_ID_H
#define CRUMPLE_CLI_ROWS_GROUP_ID_H

#include <stdbool.h>

#include <jansson.h>

#define GROUP_ID_BYTES 9 /* with the NUL */

/** The name of the row's group: its signature; of a row without one its title, else "". It is the row's. */
const char *group_name(const json_t *row);

/** 'g' and seven digits of base 16, a hash of the name: the same on every machine, and neither the beginning of a
 * bundle's id nor a pid. Of 1,000 groups two have the same in one of 500 directories. */
void group_id(const char *name, char ret_id[static GROUP_ID_BYTES]);

/** Whether a word has the form of such an id, or of the beginning of one: three digits or more. */
bool group_id_is(const char *word);

#endif
