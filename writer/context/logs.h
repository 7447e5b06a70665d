/* SPDX-License-Identifier: MIT */
/* The last lines of the files of CRUMPLE_LOGS. */
#ifndef CRUMPLE_WRITER_CONTEXT_LOGS_H
#define CRUMPLE_WRITER_CONTEXT_LOGS_H

#include "crash/crash.h"

/**
 * Reads them, if the process has died or was stopped just now: later, they are those of its successor. Takes at most a
 * second: a file that hangs then costs its own lines, and those of the files behind it. is_trusted: the core, and with it the names of
 * the files, is no stranger's (--sandbox); else none is opened.
 */
void logs_read(struct crash *crash, bool is_trusted);

/** The next path of a list with commas, from *at on; without blanks around it. Returns its size; 0: there is none. */
size_t logs_next_path(const char **at, const char **ret_path);

#endif
