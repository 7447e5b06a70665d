/* SPDX-License-Identifier: MIT */
/* The command that shows a bundle, as people copy it from stderr into a shell. */
#ifndef CRUMPLE_WRITER_REPORT_SHOW_COMMAND_H
#define CRUMPLE_WRITER_REPORT_SHOW_COMMAND_H

#include <stddef.h>

#include "base/buffer.h"

/** Appends 'crumple show BUNDLE', where crumple is the one that was installed with this writer: by its name if a shell finds
 * it, else by its path. It is looked up once. */
void show_command_add(const char *bundle, struct buffer *out);

/** The name or path of the crumple that belongs to the writer at that path. shell_dirs: where every shell looks, up to NULL.
 * 'crumple' if none is found. */
void show_command_find(const char *writer, const char *const *shell_dirs, char *ret_crumple, size_t size);

/** Appends text as one word of a shell, cleaned as foreign text is: quoted only where it must be. */
void show_command_quote(const char *text, struct buffer *out);

#endif
