/* SPDX-License-Identifier: MIT */
/*
 * A byte buffer for reports, growing in memory or of a fixed size in front of a sink. An allocation that
 * fails marks the buffer as failed and later calls do nothing, so that an emitter checks once, at its end.
 */
#ifndef CRUMPLE_WRITER_BASE_BUFFER_H
#define CRUMPLE_WRITER_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data; /* not ended by NUL; owned */
    size_t size;
    size_t capacity;
    bool failed; /* an allocation failed: the content is not complete */
    /* With a sink the buffer does not grow: when it is full, its content goes to the sink. */
    int (*sink)(void *context, const char *bytes, size_t size); /* 0 or a negative errno */
    void *context;
    uint64_t flushed; /* bytes that went to the sink */
    int error;        /* the sink's first, then failed is set too */
    char last;        /* last byte that went to the sink */
};

/** Makes a buffer of that capacity in front of a sink. sink NULL: the bytes are only counted. Returns 0 or
 * -ENOMEM. */
int buffer_open_sink(struct buffer *buffer, size_t capacity, int (*sink)(void *, const char *, size_t),
                     void *context);

/** Passes the buffered bytes to the sink. Returns 0 or the first error, -ENOMEM for an allocation. */
int buffer_flush(struct buffer *buffer);

/** Returns the last byte that was appended, or 0. */
static inline char buffer_last(const struct buffer *buffer)
{
    return buffer->size ? buffer->data[buffer->size - 1] : buffer->last;
}

/** Frees the content and makes the buffer empty and usable again. */
void buffer_release(struct buffer *buffer);

/** Passes bytes on to the sink, or grows the buffer. Returns true if there is room for size more bytes then. */
bool buffer_make_room(struct buffer *buffer, size_t size);

/** Makes room for size more bytes. Returns true if there is room. */
static inline bool buffer_reserve(struct buffer *buffer, size_t size)
{
    return (!buffer->failed && size <= buffer->capacity - buffer->size) || buffer_make_room(buffer, size);
}

/** Appends printf-formatted text (at most 1 KiB of it). */
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Appends value as 0x and lower-case hex digits. */
void buffer_add_hex(struct buffer *buffer, uint64_t value);

/** Appends value in decimal digits. */
void buffer_add_number(struct buffer *buffer, int64_t value);

/**
 * Appends foreign text for a terminal or a text file: each character that crumple_text.h calls unsafe, and
 * each byte that is not UTF-8, becomes '?'. The result is never longer than the text.
 */
void buffer_add_clean(struct buffer *buffer, const char *text, size_t size);

/** Appends size bytes. */
static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
    if (size && buffer_reserve(buffer, size)) {
        memcpy(buffer->data + buffer->size, bytes, size);
        buffer->size += size;
    }
}

/** Appends a C string. */
static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

static inline void buffer_add_char(struct buffer *buffer, char character)
{
    if (buffer_reserve(buffer, 1))
        buffer->data[buffer->size++] = character;
}

#endif
