/* SPDX-License-Identifier: MIT */
/*
 * The analysis of one crash, from its notes to its title: address space, modules, stacks, function names,
 * verdict, signal, signature. Each part is a stage (base/stages.h); if it is left out, report/fallback.c
 * fills in for it.
 */
#ifndef CRUMPLE_WRITER_ANALYSE_H
#define CRUMPLE_WRITER_ANALYSE_H

#include "crash/crash.h"

/**
 * Fills the rest of crash, which crash_open has opened; sets has_verdict if the event asks for a verdict.
 * Returns 0 or a negative errno. Call crash_release in either case.
 */
int analyse_crash(struct crash *crash);

/**
 * What the process was doing: variables and context. analyse_crash() does it, but for an event that asks for a verdict: there it is to be called
 * when the verdict is given. It walks through debug information and much else, and no thread's life is to depend on that.
 */
void analyse_context(struct crash *crash);

#endif
