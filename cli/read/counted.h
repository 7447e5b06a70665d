/* SPDX-License-Identifier: MIT */
/*
 * Faults that crashes.ndjson tells of and no bundle does: those beyond the limits of CRUMPLE_KEEP, those
 * whose bundle was deleted, and the totals of lines that are gone. The file is as hostile as a bundle.
 */
#ifndef CLI_READ_COUNTED_H
#define CLI_READ_COUNTED_H

#include <stdint.h>

#include <jansson.h>

struct counted {
    int64_t time_us, first_us; /* of the last and the first of them */
    uint64_t count;
    json_t *json; /* as struct rows_row has it; borrowed by who is told, unless he takes a reference */
};

/* Told of each. Returns 0 or a negative errno, which ends the reading. */
typedef int counted_add(const struct counted *counted, void *context);

/* Read the log of one directory. Lines that are not whole are left out: one may just be written. Returns 0
 * (also where there is no log), or a negative errno: -EFBIG where it has more than COUNTED_MOST_MIB or more
 * than COUNTED_MOST_LINES, twenty times what the writer keeps; then nothing of it is told. */
#define COUNTED_MOST_MIB   80
#define COUNTED_MOST_LINES 200000
int counted_read(const char *dir, counted_add *add, void *context);

#endif
