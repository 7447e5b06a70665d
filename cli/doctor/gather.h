/* SPDX-License-Identifier: MIT */
/* The facts of an examination, as far as they are gathered before this program gives up its rights. */
#ifndef CRUMPLE_CLI_DOCTOR_GATHER_H
#define CRUMPLE_CLI_DOCTOR_GATHER_H

#include <stdbool.h>

#include "facts/directory.h"
#include "facts/elf_look.h"
#include "doctor/examine.h"
#include "facts/libraries.h"
#include "facts/process.h"
#include "doctor/program_rules.h"
#include "facts/shim.h"
#include "facts/surroundings.h"
#include "facts/unit.h"
#include "settings.h"

struct gathered {
    int root;   /* of this machine */
    int place;  /* of the process that is examined; the same one unless it has another */
    int file;   /* the program, or -1 */
    int object; /* libcrumple.so, or -1 */
    bool is_running;
    struct program_marks marks;
    struct process_facts process;
    struct unit unit;
    bool has_unit, is_exec_start;
    char **environ, **unit_environ; /* environ is one of the process's, the unit's or our own */
    char *preloads;                 /* the text of /etc/ld.so.preload, or NULL */
    struct crumple_settings settings;
    struct shim_facts shim;
    struct directory_facts directory;
    struct surroundings surroundings;
    struct elf_facts elf; /* these three are read afterwards */
    struct libraries libraries;
    bool has_debug_file;
    char *package;                   /* of the distribution, that a stripped program is of; NULL: not known */
    struct verdicts about_watch;     /* of the entries of CRUMPLE_WATCH, found in foreign bytes */
    struct verdicts about_variables; /* said where they belong */
};

/** Gathers. Returns false if there is nothing to examine: then examination->refusal says why. The caller clears *ret in
 * either case. */
bool gather(const struct examine_request *request, struct gathered *ret, struct examination *examination);

void gather_clear(struct gathered *facts);

#endif
