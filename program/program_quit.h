/* SPDX-License-Identifier: MIT */
/* The goroutines of a Go program: only SIGQUIT makes Go's runtime print them, and it ends the program. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_QUIT_H
#define CRUMPLE_PROGRAM_PROGRAM_QUIT_H

#include <sys/types.h>

#include "program_dump.h"

/**
 * Sends SIGQUIT to a process that runs a Go program, and to no other. If crumple-run is its parent, waits for the end and the
 * bundle. Returns 0; then ret_words is the bundle's path, or a sentence on where the goroutines are; with timeout_ms 0 nothing is waited
 * for, and it is "". Otherwise a negative errno, and the reason as program_dump() gives it: -ENOEXEC it is no Go program, or
 * does not handle SIGQUIT; -ETIMEDOUT it goes on, or there is no bundle in time.
 */
int program_quit(pid_t pid, int timeout_ms, char ret_words[PROGRAM_DUMP_WORDS]);

#endif
