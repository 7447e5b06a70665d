/* SPDX-License-Identifier: MIT */
/* Verdicts on a Go program: a plain function of facts. */
#ifndef CRUMPLE_CLI_DOCTOR_GO_RULES_H
#define CRUMPLE_CLI_DOCTOR_GO_RULES_H

#include <stdbool.h>

#include "facts/verdict.h"

/** What is seen of it: by crumple-run (is_below_run), or by the preload alone. traceback: the value of GOTRACEBACK, or NULL. */
void go_judge(bool is_below_run, const char *traceback, struct verdicts *ret);

#endif
