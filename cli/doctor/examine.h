/* SPDX-License-Identifier: MIT */
/* The examination: facts are gathered, rights are given up, foreign bytes are read, rules judge. */
#ifndef CRUMPLE_CLI_DOCTOR_EXAMINE_H
#define CRUMPLE_CLI_DOCTOR_EXAMINE_H

#include "facts/user.h"
#include "facts/verdict.h"
#include "program_find.h"

struct examine_request {
    const char *command; /* a program, as execvp(3) finds it; NULL: see pid and unit */
    const char *pid;     /* of a running process, or NULL */
    const char *unit;    /* of systemd, or NULL */
    const char *user;    /* who it will run as: a name or number, or NULL */
};

struct examination {
    struct program program; /* path "": there is none */
    struct user user;
    struct verdicts verdicts;
    char refusal[256]; /* why nothing could be examined; "": it was */
};

/** Examines. Afterwards this process has few rights left (base/confine.h). ret is large, and cleared by the caller. */
void examine(const struct examine_request *request, struct examination *ret);

void examination_clear(struct examination *examination);

#endif
