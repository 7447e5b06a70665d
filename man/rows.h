/* SPDX-License-Identifier: MIT */
/*
 * The tables of the programs as lines of words between tabs, for the scripts that make man pages and completions of them:
 *
 *   verb      NAME  OPERANDS  SUMMARY  PROGRAM  ABOUT
 *   example   VERB  COMMAND   MEANING
 *   option    VERB  LETTER    NAME     ARGUMENT WORDS  HELP
 *   exit      VERB  CODE      MEANING
 *   variable  NAME  DEFAULT   VALUES   HELP
 *
 * crumple-run and crumple-drill are verbs of that name. What is absent is empty. WORDS are those that the
 * argument may be, between '|'; a list that ends so is open. VALUES has words between backquotes.
 */
#ifndef CRUMPLE_MAN_ROWS_H
#define CRUMPLE_MAN_ROWS_H

#include "screen/verb.h"

/** All lines of a verb, which goes by that name. */
void rows_put_verb(const struct verb *verb, const char *name);

#endif
