/* SPDX-License-Identifier: MIT */
/* --termination-log: the cause of the end where Kubernetes looks for it, as 'kubectl describe pod' shows it. */
#ifndef CRUMPLE_RUN_TELL_TERMINATION_H
#define CRUMPLE_RUN_TELL_TERMINATION_H

#include "tell/line.h"

#define TERMINATION_BYTES 4096 /* kubelet reads no more */

/** The message for an event: title, what else is known ("": nothing), innermost frames, place of the bundle. Ends with NUL. Returns the
 * length. */
int termination_text(const struct line *line, const char *more, const char *directory,
                     char ret_text[TERMINATION_BYTES]);

/** Writes the text to the file, which need not exist. What cannot be is said. */
void termination_write(const char *path, const char *text);

#endif
