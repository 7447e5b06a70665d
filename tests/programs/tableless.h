/* SPDX-License-Identifier: MIT */
/* Functions of a library that is built with call frame information and without. */
#include <stddef.h>

typedef long bare_visitor(void *context, long number);

/** Reads size bytes. */
long bare_wait(int fd, long size);

/** Visits 0 to count - 1. */
long bare_visit(bare_visitor *visitor, void *context, long count);

/** Visits for ever. */
void bare_end(bare_visitor *visitor, void *context) __attribute__((noreturn));

void bare_copy(char *to, const char *from, size_t size);

/** Visits once: on an aligned stack; by a function that has no symbol. */
void bare_aligned(bare_visitor *visitor, void *context);
void bare_hidden(bare_visitor *visitor, void *context);
