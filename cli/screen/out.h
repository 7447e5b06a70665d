/* SPDX-License-Identifier: MIT */
/* How results and messages leave: colours, JSON, words on stderr. */
#ifndef CRUMPLE_CLI_SCREEN_OUT_H
#define CRUMPLE_CLI_SCREEN_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "screen/options.h"

/* Colours that a table or text may use; every one is "" where colour is off. */
struct out_colors {
    const char *bold, *faint, *bad, *warning, *good, *reset;
};

/** Colours for stdout: by --color; else none where NO_COLOR is not empty, some where CLICOLOR_FORCE is neither empty nor 0, and
 * on a terminal that can. */
struct out_colors out_colors(enum options_color wanted);

/** Whether stdout is a terminal, perhaps behind a pager. */
bool out_is_terminal(void);

/** stdout is about to go to a pager: what is known of the terminal stays. */
void out_keep_terminal(void);

/** Columns of the terminal at stdout; 0: it is none, so do not cut anything. */
size_t out_terminal_width(void);

/** Whether to print JSON: where it is asked for, and where stdout is no terminal and no table is asked for. */
bool out_wants_json(enum options_format wanted);

/** To be called first by main. A reader of stdout that goes away ends the program quietly, with the status of what was
 *  found: SIGPIPE is ignored. Programs that crumple starts get the default back. */
void out_begin(void);

/** Hand what was printed to the system. */
void out_flush(void);

/** To be called last by main: write what stdio holds. Returns whether all of the result was written, and says why not;
 *  a reader that went away is no error. */
bool out_end(void);

/** Print "crumple: MESSAGE\n" to stderr, cleaned for a terminal. A message is in lower case, has no full stop, and has
 *  subjects in single quotes. Only verbs and main call it: the code below them returns errors. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/** Print one JSON value and a newline to stdout, ASCII only: nothing in it can reach a terminal as a control
 * character. indent 0: on one line. */
void out_json(const json_t *value, size_t indent);

#endif
