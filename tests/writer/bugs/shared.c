/* SPDX-License-Identifier: MIT */
/* Helpers that several bugs die in. */
#include "bugs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

volatile int input;

void *as_read(void *pointer)
{
    return pointer;
}

size_t buffer_append(struct buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->length + length > buffer->room)
        length = buffer->room - buffer->length;
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return length;
}

size_t text_length(const char *text)
{
    return strlen(text);
}

void invariant(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "invariant violated: %s\n", what);
        abort();
    }
}
