/* SPDX-License-Identifier: MIT */
/* The row of one bundle or pending core. */
#ifndef CRUMPLE_CLI_ROWS_ROW_OF_FILE_H
#define CRUMPLE_CLI_ROWS_ROW_OF_FILE_H

#include "read/find.h"
#include "rows/rows.h"

/** Makes the row of a file. Returns 0 or -ENOMEM: anything else that goes wrong is what the row says. */
int row_of_file(const struct find_entry *entry, struct rows_row *row);

/** Sets the path of a row whose other members are known. Returns 0 or -ENOMEM. */
int row_of_file_place(const struct find_entry *entry, json_t *row);

#endif
