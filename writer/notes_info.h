/* SPDX-License-Identifier: MIT */
/* Single facts of the INFO note (include/crumple_format.h has the keys), for whoever needs one or two. */
#ifndef CRUMPLE_WRITER_NOTES_INFO_H
#define CRUMPLE_WRITER_NOTES_INFO_H

#include <stdbool.h>

#include "core_reader.h"

/** Copies the value of a key into ret_value, ended by NUL, cut to size. Returns whether there is a value. */
bool notes_info(const struct core_file *core, const char *key, char *ret_value, size_t size);

#endif
