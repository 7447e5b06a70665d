/* SPDX-License-Identifier: MIT */
/* --help, printed from the tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

struct verb;

/* Help for one verb, to stdout: usage, examples, options, exit status. */
void help_verb(const struct verb *verb);

/* Help for the command as a whole, to stdout. */
void help_all(void);

#endif
