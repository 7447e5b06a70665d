/* SPDX-License-Identifier: MIT */
/* A dump of a process that runs: 'crumple dump', and --stop-dump of crumple-run. docs/dump.md. */
#ifndef CRUMPLE_PROGRAM_PROGRAM_DUMP_H
#define CRUMPLE_PROGRAM_PROGRAM_DUMP_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define PROGRAM_DUMP_WORDS (PATH_MAX + 512)

struct program_dump_request {
    pid_t pid;          /* as seen here */
    const char *reason; /* or NULL; 255 bytes of it are kept */
    int timeout_ms;     /* for the bundle */
    bool is_forced;     /* also a process that has a system call filter of its own */
};

/**
 * Asks the process for a dump, and waits for the bundle. Nothing is sent to a process without crumple. Returns 0 and the
 * bundle's path in ret_words, or a negative errno and the reason in ret_words, a sentence without its full stop:
 * -ESRCH no such process, -ENOEXEC it has no crumple, -EPERM not allowed, -EBUSY it cannot answer now or was not asked,
 * -ETIMEDOUT no bundle in time, -ENODATA it made none. Takes the calling thread's file system rights of the process's user
 * for a moment (setfsuid).
 */
int program_dump(const struct program_dump_request *request, char ret_words[PROGRAM_DUMP_WORDS]);

#endif
