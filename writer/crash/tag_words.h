/* SPDX-License-Identifier: MIT */
/* Tags: what the program and CRUMPLE_TAGS say of what it was doing. Data only; context/tags fills it in. */
#ifndef CRUMPLE_WRITER_CRASH_TAG_WORDS_H
#define CRUMPLE_WRITER_CRASH_TAG_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAG_NAME_BYTES 64

struct tag_word {
    char name[TAG_NAME_BYTES]; /* letters, digits and _.-:/ */
    const char *value;         /* foreign text, not ended by NUL; of a secret CRUMPLE_SECRET */
    size_t size;
    int32_t tid;   /* of a thread's own, 0: of the process, -1: of CRUMPLE_TAGS */
    uint32_t rank; /* where it stood: the later one of a name wins */
};

struct tag_words {
    struct tag_word *items; /* owned; by tid, then by rank; values lie in the note, or are constant */
    size_t count;
};

#endif
