/* SPDX-License-Identifier: MIT */
#include "signal/fault_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->at, text->left, format, arguments);
    va_end(arguments);
    size_t step = length < 0 ? 0 : (size_t)length < text->left ? (size_t)length : text->left - 1;
    text->at += step;
    text->left -= step;
}

const char *text_access(const struct words *w)
{
    const char *access = w->input->access;
    if (w->fault->is_jump)
        return "jump to ";
    if (!access)
        return "";
    return strcmp(access, "read") == 0      ? "read of "
           : strcmp(access, "write") == 0   ? "write to "
           : strcmp(access, "execute") == 0 ? "jump to "
                                            : "";
}

void text_add_access(const struct words *w, struct text *text)
{
    text_add(text, "%s%s0x%" PRIx64, text_access(w), w->fault->is_jump ? "" : "address ", w->fault->address);
}

void text_add_base_name(const struct maps_range *range, struct text *text)
{
    const char *start = range->path, *end = start + range->path_size;
    for (const char *at = start; at < end; at++)
        if (*at == '/' && at + 1 < end)
            start = at + 1;
    text_add(text, "%.*s", end - start < 80 ? (int)(end - start) : 80, start);
}

bool text_is_path(const struct maps_range *range, const char *path)
{
    return range->path_size == strlen(path) && memcmp(range->path, path, range->path_size) == 0;
}

void text_add_place(const struct maps_range *range, struct text *text)
{
    if (!range) {
        text_add(text, "nothing is mapped there");
    } else if (!range->path_size) {
        text_add(text, "anonymous memory (%s)", range->permissions);
    } else if (text_is_path(range, "[heap]")) {
        text_add(text, "the heap (%s)", range->permissions);
    } else if (text_is_path(range, "[stack]")) {
        text_add(text, "the main thread's stack (%s)", range->permissions);
    } else {
        text_add_base_name(range, text);
        text_add(text, " (%s)", range->permissions);
    }
}

void text_add_pattern(uint64_t value, struct text *text)
{
    char letters[9] = "";
    size_t count = 0;
    for (; count < 8; count++) {
        uint8_t byte = (uint8_t)(value >> (8 * count));
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
            break;
        letters[count] = (char)byte;
    }
    const uint8_t top = (uint8_t)(value >> 56);
    bool is_filled = top && top != 0xff && value >> 24 == (UINT64_C(0x0101010101010101) * top) >> 24;
    if (is_filled && top == 0x5a)
        text_add(text, "; 0x5a is what jemalloc fills freed memory with");
    else if (is_filled && top == 0xa5)
        text_add(text, "; 0xa5 is what jemalloc fills new memory with");
    else if (count >= 5 && (count == 8 || value >> (8 * count) == 0))
        text_add(text, "; as text it reads \"%.*s\"", (int)count, letters);
    else if (is_filled)
        text_add(text, "; the memory it came from was filled with 0x%02x", top);
}

void text_add_register(const struct words *w, struct text *text)
{
    if (w->fault->reg_name)
        text_add(text, "; %s is 0x%" PRIx64, w->fault->reg_name, w->fault->reg_value);
}
