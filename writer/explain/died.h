/* SPDX-License-Identifier: MIT */
/* An end that crumple-run has seen from outside, in words. */
#ifndef CRUMPLE_WRITER_EXPLAIN_DIED_H
#define CRUMPLE_WRITER_EXPLAIN_DIED_H

#include <stddef.h>
#include <stdint.h>

struct crash;

/** Sets kind, reason, signature, title, died, and the name of the signal, of an event 'died'. Returns 0. */
int died_describe(struct crash *crash);

/** "SIGKILL", "signal 64"; "" for 0. */
void died_signal_name(uint64_t signo, char *ret_name, size_t size);

#endif
