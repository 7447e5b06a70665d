/* SPDX-License-Identifier: MIT */
/*
 * Twenty small bugs as they occur in servers, in one program: 'bugs NAME' meets one of them, 'bugs list'
 * names them. Nothing here is marked noinline: what the compilers make of it is the point.
 */
#ifndef BUGS_H
#define BUGS_H

#include <stddef.h>

struct bug {
    const char *name;
    void (*meet)(void);
};

extern const struct bug cache_bugs[];
extern const struct bug parser_bugs[];
extern const struct bug callback_bugs[];
extern const struct bug number_bugs[];
extern const struct bug check_bugs[];

/* shared.c: helpers that several bugs die in, on different paths. */
struct buffer {
    char *bytes;
    size_t length;
    size_t room;
};
size_t buffer_append(struct buffer *buffer, const char *bytes, size_t length);
size_t text_length(const char *text);
void invariant(int holds, const char *what);
void *as_read(void *pointer); /* the pointer itself, but no compiler knows */
extern volatile int input;    /* 0, but no compiler knows */

#endif
