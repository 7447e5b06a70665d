/* SPDX-License-Identifier: MIT */
/* The line that begins a dump of Go's runtime, in a stream of anything: "panic: ", "fatal error: ", "SIGSEGV: segmentation violation". */
#ifndef CRUMPLE_RUN_WATCH_DUMP_BEGIN_H
#define CRUMPLE_RUN_WATCH_DUMP_BEGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "go_line.h"

/* Of a longer line only the last part is looked at. */
#define DUMP_BEGIN_BYTES 4096

/* The part of a line that has come so far. All zero is an empty one. */
struct dump_begin {
    size_t size;
    bool is_cut;   /* the line's first part is not kept any more */
    bool is_first; /* what was found is the line's own begin */
    char bytes[DUMP_BEGIN_BYTES];
};

/**
 * Looks for such a line in bytes that follow those of the last call. Returns how many of these bytes it has used: up to the end of
 * the line if one was found, else all. What was found: *ret_text is the line from where the dump begins, within the bytes or
 * the struct; of a line that came in pieces, and is longer than DUMP_BEGIN_BYTES, a part. *ret_kind: GO_LINE_PANIC, GO_LINE_FATAL,
 * GO_LINE_SIGNAL; GO_LINE_OTHER: none.
 *
 * A server may have left a line without its end before it panics: the dump may begin in the middle of one.
 */
size_t dump_begin_find(struct dump_begin *begin, const char *bytes, size_t size, const char **ret_text,
                       size_t *ret_size, enum go_line_kind *ret_kind);

#endif
