/* SPDX-License-Identifier: MIT */
/* The rows of include/crumple_run_options.h and include/crumple_options.h. */
#ifndef CRUMPLE_RUN_OPTIONS_TABLE_H
#define CRUMPLE_RUN_OPTIONS_TABLE_H

#include <stddef.h>

enum run_kind { FLAG, SWITCH, SIGNAL, STATUS, TEXT, TIME, GO_TRACEBACK, RESTART, BACKOFF, RATE };

struct run_row {
    const char *name; /* without dashes */
    char letter;      /* or 0 */
    size_t offset;    /* in struct run_settings */
    enum run_kind kind;
    const char *argument; /* how help names it; NULL: it takes none */
    const char *fallback, *help;
};
extern const struct run_row run_rows[];
extern const size_t run_row_count;

/** CRUMPLE_RUN_KEEP_OUTPUT of keep-output. */
void run_row_variable(const struct run_row *row, char *ret, size_t bytes);

struct preload_row {
    const char *variable, *fallback, *help;
};
extern const struct preload_row preload_rows[];
extern const size_t preload_row_count;

/** stack-bytes of CRUMPLE_STACK_BYTES; CRUMPLE itself is 'enabled', and CRUMPLE_BACKOFF 'thread-backoff': --backoff is crumple-run's own. */
void preload_row_name(const struct preload_row *row, char *ret, size_t bytes);

#endif
