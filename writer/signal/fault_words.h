/* SPDX-License-Identifier: MIT */
/* A fault in words, for titles and reports. */
#ifndef CRUMPLE_WRITER_SIGNAL_FAULT_WORDS_H
#define CRUMPLE_WRITER_SIGNAL_FAULT_WORDS_H

#include "signal/fault_class.h"

/**
 * Writes what happened: briefly to cause, for titles; as a sentence to description. code_meaning: what the
 * signal's code says, or NULL. Long text is cut.
 */
void fault_words(const struct fault_input *input, const struct fault *fault, const char *code_meaning,
                 char *cause, size_t cause_size, char *description, size_t description_size);

#endif
