/* SPDX-License-Identifier: MIT */
/* How results leave: colours and JSON. */
#ifndef CLI_SCREEN_OUT_H
#define CLI_SCREEN_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "screen/options.h"

/* Colours that a table or text may use; every one is "" where colour is off. */
struct out_colors {
    const char *bold, *faint, *bad, *warning, *good, *reset;
};

/* Colours for stdout: by --color, else only on a terminal that can, and never where NO_COLOR is not empty. */
struct out_colors out_colors(enum options_color wanted);

/* Columns of the terminal at stdout; 0: it is none, so do not cut anything. */
size_t out_terminal_width(void);

/* Hand what was printed to the system, and remember the first error. */
void out_flush(void);

/* The first error of writing to stdout, a positive errno; 0: none. */
int out_error(void);

/* Print one JSON value and a newline to stdout, ASCII only: nothing in it can reach a terminal as a control
 * character. indent 0: on one line. */
void out_json(const json_t *value, size_t indent);

#endif
