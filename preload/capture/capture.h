/* SPDX-License-Identifier: MIT */
/* What one capture collects, step by step; each step fills its part. Helper and keeper only. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_CAPTURE_H
#define CRUMPLE_PRELOAD_CAPTURE_CAPTURE_H

#include <stdint.h>

#include "proc/maps.h"
#include "base/scratch.h"
#include "capture/note.h"
#include "stopped/origin.h"
#include "stopped/sender.h"
#include "stopped/stop.h"
#include "memory/segments.h"

struct safe_capture {
    struct safe_scratch scratch;
    struct safe_notes notes;
    struct safe_stop stop;
    struct safe_maps maps;
    struct safe_origin origin;
    struct safe_sender sender;
    struct safe_segments segments;
    bool only_stacks;         /* no memory that only pointers lead to: what is to be hidden is not known */
    uint32_t own_stack;       /* so many segments at the beginning are stacks of the faulting thread */
    uint64_t tls_bytes;       /* most that a thread's static block of thread-local variables takes */
    uint8_t *cut;             /* per slot: its stack was larger than the cap */
    struct safe_text *errors; /* soft errors, a line each */
    int error;                /* a negative errno: nothing can be written */
    uint32_t failed;          /* stages that did not come to their end */
    char *dump_ns;            /* of a dump: the digits of that key in the notes, filled in when it is known */
    /* Of a dump: the memory is in the file fd, whose notes begin at notes_at. Returns 0 or a negative errno. */
    int (*saved)(struct safe_capture *capture, int fd, uint64_t notes_at);
};

#endif
