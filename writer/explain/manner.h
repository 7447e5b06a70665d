/* SPDX-License-Identifier: MIT */
/*
 * The manner of a death, apart from its place. Innermost on the stack of a process that ends itself are the functions
 * by which it does so: libc's abort, a library's or a language's way to die (explain/manner_table.h), and the
 * server's own panic() or fatal(), which is known by never returning. The place is the first frame outside of them.
 */
#ifndef CRUMPLE_WRITER_EXPLAIN_MANNER_H
#define CRUMPLE_WRITER_EXPLAIN_MANNER_H

#include "explain/manner_table.h"
#include "explain/signature.h"

struct manner {
    const struct manner_row *row; /* of a library or a language; NULL: none that the table knows */
    const struct sig_frame
        *function; /* the outermost one that is not libc's: what the place called; or NULL */
    size_t frames; /* so many innermost frames are the manner */
};

/** Finds the manner on the innermost frames of a process that ended itself. A plain function of the frames. */
void manner_find(const struct sig_frame *frames, size_t count, struct manner *ret_manner);

#endif
