/* SPDX-License-Identifier: MIT */
/* Writes the words of a value into room of fixed size; what does not fit is cut, and says so. */
#ifndef CRUMPLE_TYPED_TYPED_TEXT_H
#define CRUMPLE_TYPED_TYPED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct typed_text {
    char *text;
    size_t used, size;
    bool is_cut;
};

/** Begins in room of at least 8 bytes, for text that is always ended. */
struct typed_text typed_text_in(char *room, size_t size);

__attribute__((format(printf, 2, 3))) void typed_text_add(struct typed_text *text, const char *format, ...);

/** Adds bytes of the program without quotes: control characters and what is not UTF-8 as C escapes them. */
void typed_text_bytes(struct typed_text *text, const char *bytes, size_t size);

/** The same in quotes. is_whole: nothing was left out of it; otherwise "..." follows. */
void typed_text_quote(struct typed_text *text, const char *bytes, size_t size, bool is_whole);

/** A character as gdb has it: 65 'A'. */
void typed_text_character(struct typed_text *text, int64_t value);

/** Marks the end where something was cut. */
void typed_text_finish(struct typed_text *text);

#endif
