/* SPDX-License-Identifier: MIT */
/*
 * The two lines by which Go's runtime tells of a fault that may be C's (signal_unix.go). Go 1.20 and later, and all for a
 * signal that is sent, print from the signal handler:
 *
 *   SIGSEGV: segmentation violation
 *   PC=0x4833b6 m=0 sigcode=1 addr=0x18
 *
 * Older ones let the code at fault call sigpanic(), which finds itself on a stack of C:
 *
 *   fatal error: unexpected signal during runtime execution
 *   [signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x4833b6]
 */
#ifndef CRUMPLE_RUN_CGO_LINES_H
#define CRUMPLE_RUN_CGO_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGO_LINE_BYTES 200 /* of a line that counts */

struct cgo_fault {
    uint64_t pc;
    bool is_call; /* the code at fault has called sigpanic(): no signal frame is left */
};

enum cgo_line { CGO_LINE_OTHER, CGO_LINE_SIGNAL, CGO_LINE_UNEXPECTED };

/* All zero is the beginning of a stream. */
struct cgo_lines {
    char line[CGO_LINE_BYTES]; /* that has begun */
    size_t used;
    bool is_long;       /* more than that */
    enum cgo_line last; /* what the line before it was */
};

/** Reads the next bytes of the stream, cut anywhere. True: they end such a pair of lines; *ret is the last fault. */
bool cgo_lines_feed(struct cgo_lines *lines, const char *bytes, size_t count, struct cgo_fault *ret);

#endif
