/* SPDX-License-Identifier: MIT */
/* A part of a text that somebody else holds. */
#ifndef CRUMPLE_GOLANG_GO_TEXT_H
#define CRUMPLE_GOLANG_GO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Not ended by NUL. size 0: there is none. */
struct go_text {
    const char *at;
    size_t size;
};

static inline bool go_text_equal(struct go_text a, struct go_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool go_text_is(struct go_text text, const char *other)
{
    return text.size == strlen(other) && (text.size == 0 || memcmp(text.at, other, text.size) == 0);
}

static inline bool go_text_begins(struct go_text text, const char *with)
{
    size_t size = strlen(with);
    return text.size >= size && memcmp(text.at, with, size) == 0;
}

#endif
