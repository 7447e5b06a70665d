/* SPDX-License-Identifier: MIT */
/*
 * Injected faults, for tests: only in the writer that tests build with CRUMPLE_INJECTS. The writer reads the
 * file crumple-inject in its working directory, the crash directory. A line is STAGE:KIND; '*' is every
 * stage, 'thread' a thread that packs.
 */
#ifndef CRUMPLE_WRITER_BASE_INJECT_H
#define CRUMPLE_WRITER_BASE_INJECT_H

#ifdef CRUMPLE_INJECTS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static inline void inject_trouble(const char *kind)
{
    if (strcmp(kind, "fault") == 0)
        *(volatile int *)NULL = 1; /* cppcheck-suppress nullPointer */
    if (strcmp(kind, "abort") == 0)
        abort();
    if (strcmp(kind, "sigsys") == 0)
        (void)raise(SIGSYS);
    if (strcmp(kind, "stop") == 0)
        (void)raise(SIGSTOP);
    if (strcmp(kind, "exit") == 0)
        _exit(0);
    while (strcmp(kind, "hang") == 0)
        (void)pause();
    if (strcmp(kind, "oom") == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_AS, &none);
        while (malloc(16)) /* cppcheck-suppress leakNoVarFunctionCall */
            ;
    }
}

static inline void inject_at(const char *stage)
{
    char line[64], *kind;
    FILE *file = fopen("crumple-inject", "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        kind = strchr(line, ':');
        if (!kind)
            continue;
        *kind++ = '\0';
        if (strcmp(line, stage) == 0 || strcmp(line, "*") == 0)
            inject_trouble(kind);
    }
    if (file)
        (void)fclose(file);
}

#else

static inline void inject_at(const char *stage)
{
    (void)stage;
}

#endif
#endif
