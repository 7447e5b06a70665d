/* SPDX-License-Identifier: MIT */
/* Verdicts on a program's file: plain functions of facts. */
#ifndef CRUMPLE_CLI_DOCTOR_PROGRAM_RULES_H
#define CRUMPLE_CLI_DOCTOR_PROGRAM_RULES_H

#include <stdbool.h>

#include "facts/elf_look.h"
#include "facts/libraries.h"
#include "facts/verdict.h"
#include "program_find.h"
#include "settings.h"

/* Why the loader ignores LD_PRELOAD; PRIVILEGE_NONE: it does not. */
enum privilege {
    PRIVILEGE_NONE,
    PRIVILEGE_SETUID,
    PRIVILEGE_CAPABILITIES,
    PRIVILEGE_SECURE /* a running process: AT_SECURE */
};

/* What is known of the files beside the facts of program/. */
struct program_marks {
    enum privilege privilege;
    bool needs_libraries; /* the program that runs in the end names some (DT_NEEDED) */
    bool has_line;        /* the file begins with #! */
    bool is_binary;       /* there is a NUL among its first bytes */
    bool is_below_run;    /* crumple-run starts it, or has started it */
};

/** Whether and how the preload reaches it. Returns false if it does not: then nothing else needs to be said of the file. */
bool program_judge_kind(const struct program *program, const struct program_marks *marks,
                        struct verdicts *ret);

/** Whose own handlers come first: a runtime, a sanitizer, a crash reporter. Returns false if no fault will reach crumple:
 * then nothing needs to be said of what it makes of one. */
bool program_judge_runtime(const struct elf_facts *elf, const struct libraries *libraries,
                           const struct crumple_settings *settings, struct verdicts *ret);

/** Handlers that the program's own code can set; is_running: then /proc says more (process_judge_signals). */
void program_judge_handlers(const struct elf_facts *elf, struct verdicts *ret);

/** What of a stack has names. has_debug_file: one of its build-id is installed; package: "NAME VERSION" of the distribution's
 * package that a stripped one is of, or NULL. */
void program_judge_symbols(const struct elf_facts *elf, bool has_debug_file, const char *package,
                           struct verdicts *ret);

/** Whether stacks can be walked. */
void program_judge_unwinding(const struct elf_facts *elf, struct verdicts *ret);

/** True if the program hosts a runtime in which crumple contains nothing. */
bool program_forbids_containment(const struct program *program, const struct elf_facts *elf,
                                 const struct libraries *libraries);

#endif
