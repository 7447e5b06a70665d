/* SPDX-License-Identifier: MIT */
/* The phrases that the words of all faults are made of: access, place, register, pattern. */
#ifndef CRUMPLE_WRITER_SIGNAL_FAULT_TEXT_H
#define CRUMPLE_WRITER_SIGNAL_FAULT_TEXT_H

#include "signal/fault_class.h"

/* Text of a fixed size; what does not fit is cut. It always ends with NUL. */
struct text {
    char *at;
    size_t left; /* with the NUL */
};

/* A fault, and the two texts about it. */
struct words {
    const struct fault_input *input;
    const struct fault *fault;
    const char *code_meaning;       /* what the signal's code says, or NULL */
    struct text cause, description; /* brief, for titles; a sentence */
};

/** Appends formatted text. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Returns "read of ", "write to ", "jump to ", or "" where the access is not known. */
const char *text_access(const struct words *w);

/** Appends the access and the address: "read of address 0x10". */
void text_add_access(const struct words *w, struct text *text);

/** Appends the last component of the path of range. */
void text_add_base_name(const struct maps_range *range, struct text *text);

/** Whether path is the whole path of range. */
bool text_is_path(const struct maps_range *range, const char *path);

/** Appends what range holds, with its permissions; range NULL: nothing is mapped there. */
void text_add_place(const struct maps_range *range, struct text *text);

/** Appends what the value of a bad pointer suggests: an allocator's fill byte, or text. Often nothing. */
void text_add_pattern(uint64_t value, struct text *text);

/** Appends the register that holds the address, and its value, where it is known. */
void text_add_register(const struct words *w, struct text *text);

#endif
