/* SPDX-License-Identifier: MIT */
#include "explain/libc_trap.h"

#include <stdio.h>
#include <string.h>

#include "explain/abort.h"
#include "explain/where.h"
#include "walk/frame_class.h"

static bool is_of_libc(const struct sig_frame *frame)
{
    return frame->module && frame_class_of(frame->module) == FRAME_LIBC;
}

static bool is_abort(const struct sig_frame *frame)
{
    return frame->function && frame->function_size == 5 && memcmp(frame->function, "abort", 5) == 0;
}

/* The last that abort() does where the kernel does not kill, as it spares PID 1, is the same instruction. */
static bool is_trap(const struct crash *crash, const struct sig_frame *frames, size_t count)
{
    const struct signal_words *signal = &crash->signal;
    return count && signal->origin == SIGNAL_FAULT && signal->class == FAULT_PRIVILEGED &&
           strstr(signal->cause, "(hlt)") && is_of_libc(&frames[0]) && !is_abort(&frames[0]);
}

bool libc_trap_describe(struct crash *crash, const struct sig_frame *frames, size_t count)
{
    const struct sig_input input = {.frames = frames, .count = count};
    struct abort_words words;
    if (!is_trap(crash, frames, count))
        return false;
    abort_words_find(crash, &words);
    if (strcmp(words.kind, "abort") != 0) {
        crash->kind = words.kind;
    } else if (where_is_allocator(&input)) {
        crash->kind = "heap corruption";
        words.cause =
            "libc's allocator found damaged heap records: a block was freed twice, a pointer was freed that "
            "malloc had not returned, or a write went beyond a block or into a freed one";
    } else {
        crash->kind = "libc check";
        words.cause =
            "libc found a state from which it cannot continue; most often these are damaged records of the heap";
    }
    snprintf(crash->signal.description, sizeof crash->signal.description,
             "%s (libc ended the process by hlt)", words.cause);
    return true;
}
