/* SPDX-License-Identifier: MIT */
/* The variables of CRUMPLE_WATCH as they were at the fault. Data only; watch/ fills it in. */
#ifndef CRUMPLE_WRITER_CRASH_WATCH_WORDS_H
#define CRUMPLE_WRITER_CRASH_WATCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch_entry.h"

#define WATCH_TYPE_BYTES 160

struct watch_value {
    char *
        text; /* owned; printable, without quotes; NULL: it could not be read. Of a secret one CRUMPLE_SECRET */
    char *error;    /* owned; why it could not be read; NULL: it could */
    char *broke_at; /* owned; the part of the expression that led nowhere; NULL: none did */
};

struct watch_result {
    struct watch_entry entry; /* name, expression: they point into the notes */
    bool is_secret;           /* by its mark or its name: each text is CRUMPLE_SECRET already */
    bool is_text;             /* reports put quotes around it */
    bool is_per_thread; /* thread-local: 'threads' has the values, and 'value' that of the faulting thread */
    const char
        *module; /* the file's name, of a library's variable whose entry names no module; NULL otherwise */
    char type[WATCH_TYPE_BYTES]; /* as C or CRUMPLE_WATCH names it; "": not known */
    struct watch_value value;
    struct watch_value
        *threads;        /* owned; of the first threads of notes; NULL: not thread-local, or not read */
    size_t thread_count; /* of 'threads': all, or as many as a report may have */
};

struct watch_words {
    struct watch_result *items; /* owned */
    size_t count;
    int64_t
        later_ms; /* the process ran on, and some were read so long after the moment of the report; -1: none */
};

/** Frees what it owns, and makes it empty. */
void watch_words_release(struct watch_words *words);

#endif
