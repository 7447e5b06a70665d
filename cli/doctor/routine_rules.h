/* SPDX-License-Identifier: MIT */
/* What CRUMPLE_RECOVER means for this program: which functions and threads its rules match. */
#ifndef CRUMPLE_CLI_DOCTOR_ROUTINE_RULES_H
#define CRUMPLE_CLI_DOCTOR_ROUTINE_RULES_H

#include <stdbool.h>

#include "facts/elf_look.h"
#include "facts/process.h"
#include "facts/verdict.h"
#include "settings.h"

/** Rule by rule, over the program's functions. is_forbidden: program_forbids_containment(). */
void routine_judge_program(const struct crumple_settings *settings, const struct elf_facts *elf,
                           bool is_forbidden, struct verdicts *ret);

/** Thread by thread, over the names of a running process's threads. */
void routine_judge_threads(const struct crumple_settings *settings, const struct process_facts *process,
                           struct verdicts *ret);

#endif
