/* SPDX-License-Identifier: MIT */
/*
 * The message of a library's or a language's way to die, where it keeps one: in a variable (the notes have GLib's), in
 * a frame that lives, or in memory that such a frame points to. What stderr showed last is no substitute: glog and
 * Rust print stacks behind their messages.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_MANNER_MESSAGE_H
#define CRUMPLE_WRITER_EXPLAIN_MANNER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

struct crash;

/** Writes the message of family (of a manner's row) to out, without control characters; a long one is cut. Returns
 * whether there is one. */
bool manner_message_find(const struct crash *crash, const char *family, char *out, size_t size);

#endif
