/* SPDX-License-Identifier: MIT */
/* --help, made of the tables. */
#ifndef CRUMPLE_RUN_OPTIONS_HELP_H
#define CRUMPLE_RUN_OPTIONS_HELP_H

/** Prints it to stdout. */
void run_help(void);

#endif
