/* SPDX-License-Identifier: MIT */
/* The handler of the fatal signals. */
#ifndef PRELOAD_FAULT_HANDLER_H
#define PRELOAD_FAULT_HANDLER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "fault/blocked.h"

/* The signals crumple takes over where their disposition is the default one. */
#define SAFE_FATAL_COUNT 7
extern const uint8_t safe_fatal_signals[SAFE_FATAL_COUNT];
bool safe_is_fatal_signal(int sig);
void safe_fatal_handler(int sig, siginfo_t *info, void *context);

/*
 * Lets the thread die of the signal as if there were no handler: the default disposition, the original
 * siginfo queued to this thread, which the kernel delivers when the handler returns, at the faulting
 * instruction. Never reports.
 */
void safe_die(int sig, siginfo_t *info, void *context);

/*
 * A seccomp filter that traps one of our own system calls: the call is made to fail as an unknown one, and
 * true is returned. Without this the signal of the filter would take the place of the fault's.
 */
bool safe_fatal_own_call_trapped(int sig, const siginfo_t *info, ucontext_t *uc);

/* What is to be asked in the dying thread itself, as a guarded stage, when it has called abort(); NULL:
 * nothing. */
extern void (*safe_fatal_ask)(void *unused);

/* Fills safe_fault, with the claim. 'uc' must stay where it is as long as the fault is being handled. */
void safe_fatal_note(int sig, const siginfo_t *info, const ucontext_t *uc);

#endif
