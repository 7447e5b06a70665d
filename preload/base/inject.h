/* SPDX-License-Identifier: MIT */
/*
 * Injected faults, for tests. In an object built with -DCRUMPLE_INJECTS (make inject, build/inject/), the
 * environment variable INJECT_STAGE=STAGE:KIND makes that stage of the capture fail. KIND: fault, hang (in a
 * system call), spin, sigsys (a call that a filter traps), kill. In the shipped object this is nothing at
 * all.
 */
#ifndef CRUMPLE_PRELOAD_BASE_INJECT_H
#define CRUMPLE_PRELOAD_BASE_INJECT_H

#ifdef CRUMPLE_INJECTS
void safe_inject(const char *stage);
/** In the constructor. */
void safe_inject_prepare(char *const *envp);
#else
static inline void safe_inject(const char *stage)
{
    (void)stage;
}
static inline void safe_inject_prepare(char *const *envp)
{
    (void)envp;
}
#endif

#endif
