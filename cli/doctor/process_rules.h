/* SPDX-License-Identifier: MIT */
/* Verdicts on a process: one that runs, or (its limits, its filter) this one, whose child the program will be. */
#ifndef CRUMPLE_CLI_DOCTOR_PROCESS_RULES_H
#define CRUMPLE_CLI_DOCTOR_PROCESS_RULES_H

#include <stdbool.h>

#include "facts/process.h"
#include "facts/verdict.h"
#include "settings.h"

/** Whether crumple is in a running process, and takes part. settings: of its environment, NULL: not known. */
void process_judge_preload(const struct process_facts *process, const struct crumple_settings *settings,
                           struct verdicts *ret);

/** The fatal signals that a running process handles or ignores. */
void process_judge_signals(const struct process_facts *process, struct verdicts *ret);

/** Its system call filter and its limits. is_running: it is the process itself, not its parent to be. */
void process_judge_limits(const struct process_facts *process, bool is_running, struct verdicts *ret);

#endif
