/* SPDX-License-Identifier: MIT */
/* Where in the application it happened, in one line. */
#ifndef CRUMPLE_WRITER_WHERE_H
#define CRUMPLE_WRITER_WHERE_H

#include "signature.h"

/** Writes the first frame of the application, its module and who called it; nothing where there is none. */
void where_words(const struct sig_input *input, char *out, size_t size);

#endif
