/* SPDX-License-Identifier: MIT */
/*
 * The manners of dying: libraries' and languages' own functions that log and end the process. They say how a process
 * died and never where: the place is their caller. Words and plain functions of names.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_MANNER_TABLE_H
#define CRUMPLE_WRITER_EXPLAIN_MANNER_TABLE_H

#include <stdbool.h>

struct manner_row {
    const char *family;    /* "GLib", "Rust", ...: who wrote the function */
    const char *functions; /* patterns of readable names (fnmatch(3)), separated by blanks */
    const char *kind;      /* stands in front of titles and signatures; NULL: what the signal says */
    const char *cause;     /* a sentence for the report, or NULL */
    bool prints_more; /* behind its message, such as a stack: the last line on stderr is not the message */
};

/** Returns the row of a function by its readable name without arguments, or NULL. */
const struct manner_row *manner_row_of(const char *name);

#endif
