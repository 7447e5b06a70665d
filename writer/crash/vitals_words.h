/* SPDX-License-Identifier: MIT */
/* What the process had open, used and was, at the fault. Data only; struct crash holds one of each. */
#ifndef CRUMPLE_WRITER_CRASH_VITALS_WORDS_H
#define CRUMPLE_WRITER_CRASH_VITALS_WORDS_H

#include <stddef.h>

struct descriptor {
    int fd;
    const char
        *text; /* "tcp 10.0.0.1:8080 established 10.0.0.2:4711"; foreign text, without control characters */
};

/* Of CRUMPLE_NOTE_DESCRIPTORS; all zero where there is none. */
struct descriptors {
    char *text;               /* owned; the items point into it */
    struct descriptor *items; /* owned; ascending */
    size_t count;
};

#endif
