/* SPDX-License-Identifier: MIT */
/* Verdicts on a systemd service: what its sandbox leaves of crumple (systemd.exec(5), systemd.service(5)). */
#ifndef CRUMPLE_CLI_DOCTOR_UNIT_RULES_H
#define CRUMPLE_CLI_DOCTOR_UNIT_RULES_H

#include <stdbool.h>

#include "facts/unit.h"
#include "facts/verdict.h"

/* What the service needs: paths. */
struct unit_needs {
    const char *object, *writer; /* libcrumple.so, crumple-writer */
    const char *dir;             /* the crash directory */
    const char *preload;         /* LD_PRELOAD as the unit sets it, or NULL */
    bool is_exec_start;          /* the program that is examined is that of ExecStart= */
};

void unit_judge(const struct unit *unit, const struct unit_needs *needs, struct verdicts *ret);

/** Whether the service may write below the path. */
bool unit_may_write(const struct unit *unit, const char *path);

#endif
