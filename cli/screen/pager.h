/* SPDX-License-Identifier: MIT */
/* A pager for what a terminal shows: $CRUMPLE_PAGER, else $PAGER, else less. */
#ifndef CRUMPLE_CLI_SCREEN_PAGER_H
#define CRUMPLE_CLI_SCREEN_PAGER_H

#include <stdbool.h>

/** The command of two variables' values, which may be NULL; NULL: no pager is wanted ("", "cat"). */
const char *pager_choose(const char *crumple_pager, const char *pager);

/** Whether the command's first word is a program: below PATH, or by itself where it has a slash. */
bool pager_exists(const char *command, const char *path);

/** From now on what goes to stdout, and to stderr if that is a terminal, too, goes through the pager, if stdout is a terminal
 * that can do more than print, and the pager exists. It starts with the first output. To be called before the sandbox,
 * which lets nothing start. */
void pager_start(bool is_unwanted);

/** Wait until the reader leaves the pager. To be called by main, after out_end. */
void pager_end(void);

#endif
