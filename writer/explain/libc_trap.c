/* SPDX-License-Identifier: MIT */
#include "explain/libc_trap.h"

#include <stdio.h>
#include <string.h>

#include "code/imports.h"
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

/* musl's free() is a jump to a function without a name: the call tells by which name it was entered. */
static bool is_called_allocator(const struct crash *crash)
{
    const struct stack *stack = &crash->stacks[0];
    struct import_name called;
    char name[64];
    uint64_t target;
    for (size_t i = 0; i < stack->count; i++) {
        const struct place *place = crash_place(crash, crash_frame(crash, stack, i));
        if (place->module && frame_class_of(module_basename(place->module)) == FRAME_LIBC)
            continue;
        if (!place->is_return || !imports_called(&crash->memory, place->pc, &called, &target))
            return false;
        snprintf(name, sizeof name, "%.*s", (int)called.size, called.text);
        return frame_is_allocator(name);
    }
    return false;
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
    } else if (where_is_allocator(&input) || is_called_allocator(crash)) {
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
