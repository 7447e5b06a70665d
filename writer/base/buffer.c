/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "crumple_text.h"

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

static int sink_count_only(void *context, const char *bytes, size_t size)
{
    (void)context, (void)bytes, (void)size;
    return 0;
}

int buffer_open_sink(struct buffer *buffer, size_t capacity, int (*sink)(void *, const char *, size_t),
                     void *context)
{
    *buffer =
        (struct buffer){.capacity = capacity, .sink = sink ? sink : sink_count_only, .context = context};
    buffer->data = malloc(capacity);
    return buffer->data ? 0 : -ENOMEM;
}

int buffer_flush(struct buffer *buffer)
{
    if (buffer->failed)
        return buffer->error ? buffer->error : -ENOMEM;
    if (!buffer->size)
        return 0;
    buffer->last = buffer->data[buffer->size - 1];
    buffer->error = buffer->sink(buffer->context, buffer->data, buffer->size);
    buffer->failed = buffer->error != 0;
    buffer->flushed += buffer->size;
    buffer->size = 0;
    return buffer->error;
}

bool buffer_make_room(struct buffer *buffer, size_t size)
{
    if (buffer->failed)
        return false;
    if (buffer->sink) {
        if (buffer_flush(buffer) < 0)
            return false;
        if (size <= buffer->capacity)
            return true;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : 4096;
    while (capacity - buffer->size < size) {
        if (capacity > SIZE_MAX / 2) {
            buffer->failed = true;
            return false;
        }
        capacity *= 2;
    }
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    if (!buffer_reserve(buffer, 1024))
        return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer->data + buffer->size, 1024, format, arguments);
    va_end(arguments);
    if (length > 0)
        buffer->size += length < 1024 ? (size_t)length : 1023;
}

void buffer_add_hex(struct buffer *buffer, uint64_t value)
{
    char text[18];
    char *at = text + sizeof text;
    do {
        *--at = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value);
    *--at = 'x';
    *--at = '0';
    buffer_add(buffer, at, (size_t)(text + sizeof text - at));
}

void buffer_add_number(struct buffer *buffer, int64_t value)
{
    char text[20];
    char *at = text + sizeof text;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0)
        *--at = '-';
    buffer_add(buffer, at, (size_t)(text + sizeof text - at));
}

void buffer_add_clean(struct buffer *buffer, const char *text, size_t size)
{
    while (size) {
        uint32_t character = 0;
        size_t length = crumple_text_decode(text, size, &character);
        if (length == 0 || crumple_text_is_unsafe(character))
            buffer_add_char(buffer, '?');
        else
            buffer_add(buffer, text, length);
        length = length ? length : 1;
        text += length;
        size -= length;
    }
}
