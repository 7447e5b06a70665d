/* SPDX-License-Identifier: MIT */
/*
 * A function without a name is known by what it does: the names of the functions that it calls (imported or exported
 * ones) and the texts that it works with. Compilers and small changes elsewhere in the program leave both alone. Of a
 * function that has too few of them, what the functions without a name do that it calls counts, too.
 */
#ifndef CRUMPLE_WRITER_CODE_FINGERPRINT_H
#define CRUMPLE_WRITER_CODE_FINGERPRINT_H

#include "core/memory.h"

#define FINGERPRINT_MINIMUM 4   /* names and texts; functions with fewer resemble each other */
#define FINGERPRINT_NAME    128 /* bytes of a name that count */

/**
 * Returns the fingerprint of the function that begins at address entry; 0: it has too few names and texts, too many, or
 * its code is not known.
 */
uint32_t fingerprint_of(const struct memory *memory, uint64_t entry);

/** Writes the name that a function has with each libc and each compiler's options: __printf_chk is printf. */
void fingerprint_plain_name(const char *name, size_t size, char out[FINGERPRINT_NAME]);

#endif
