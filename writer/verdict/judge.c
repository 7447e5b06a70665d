/* SPDX-License-Identifier: MIT */
#include "verdict/judge.h"

#include <string.h>

#include "walk/walk.h"

/* Frames that are judged together: those of libc and of what stands in front of it. */
static bool is_of_libc(const struct verdict_frame *frame)
{
    return frame->class == FRAME_LIBC || frame->class == FRAME_LINKER || frame->class == FRAME_HARMLESS ||
           frame->class == FRAME_CRUMPLE;
}

/* What the application called is what counts; without it, the function that was found there. */
static const char *entry_name(const struct verdict_frame *frame, char plain[VERDICT_NAME])
{
    const char *name = frame->called[0] ? frame->called : frame->name;
    frame_plain_name(name, strlen(name), plain, VERDICT_NAME);
    return plain;
}

static const char *judge_names(const struct verdict_frame *frame)
{
    const char *const names[] = {frame->called, frame->name};
    char plain[VERDICT_NAME];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!names[i][0])
            continue;
        frame_plain_name(names[i], strlen(names[i]), plain, sizeof plain);
        const char *reason = frame_libc_refusal(plain);
        if (reason)
            return reason;
    }
    return NULL;
}

/* A run of frames of libc; the last one is the function that another module called. */
static const char *judge_libc(const struct verdict_frame *frames, size_t count, bool is_innermost,
                              enum verdict_cause cause, bool *ret_must_unwind, bool *ret_must_jump)
{
    bool is_harmless = true, must_unwind = false;
    char plain[VERDICT_NAME];
    const char *entry = entry_name(&frames[count - 1], plain);
    if (is_innermost && cause == VERDICT_ABORT)
        return frame_is_abort(entry) ? NULL : REASON_LIBC;
    for (size_t i = 0; i < count; i++) {
        const char *reason = judge_names(&frames[i]);
        if (reason)
            return reason;
        if (frames[i].class == FRAME_LINKER)
            return REASON_LINKER;
        is_harmless &= frames[i].class == FRAME_HARMLESS;
    }
    if (is_harmless || (is_innermost && frame_is_leaf(entry)))
        return NULL;
    if (is_innermost && frame_is_leaf_to_jump(entry)) {
        *ret_must_jump = true;
        return NULL;
    }
    if (is_innermost || !frame_is_caller_back(entry, &must_unwind))
        return REASON_LIBC;
    *ret_must_unwind |= must_unwind;
    return NULL;
}

/* libstdc++'s start of a std::thread is the outermost frame; its way into std::call_once has a name. */
static const char *judge_cxx(const struct verdict_frame *frames, size_t index, size_t count)
{
    const struct verdict_frame *frame = &frames[index];
    bool is_outermost = index + 1 == count;
    if (frame_is_cxx_leaf(frame->called) || frame_is_cxx_leaf(frame->name) ||
        strcmp(frame->name, "__once_proxy") == 0)
        return NULL;
    if (is_outermost && index && !frame->called[0] &&
        (!frame->name[0] || strcmp(frame->name, "execute_native_thread_routine") == 0))
        return NULL;
    /* Without a name: a part of the function that called it. */
    if (!frame->name[0] && !frame->called[0] && !is_outermost && frames[index + 1].class == FRAME_CXX)
        return NULL;
    return REASON_CXX;
}

/* Parts of the runtimes may be linked into the program itself. */
static const char *judge_application(const struct verdict_frame *frame)
{
    if (frame_is_allocator(frame->name) || frame_is_allocator(frame->called))
        return REASON_ALLOCATOR;
    if (frame_is_cxx_machinery(frame->name))
        return REASON_CXX;
    if (frame_is_event_loop(frame->name) || frame_is_event_loop(frame->called))
        return REASON_LOOP;
    return NULL;
}

static const char *judge_frame(const struct verdict_frame *frame, size_t index)
{
    if (frame->is_signal_frame)
        return REASON_SIGNAL;
    if (frame->trust == TRUST_SCAN || frame->trust == TRUST_LEAF || (frame->class == FRAME_NOWHERE && index))
        return REASON_WALK;
    if (frame->class == FRAME_INTERPRETER)
        return REASON_INTERPRETER;
    if (frame->class == FRAME_ALLOCATOR)
        return REASON_ALLOCATOR;
    return NULL;
}

/* The machinery that throws stands between the fault and the application: it is left in the regular way. */
static size_t skip_throwing(const struct verdict_frame *frames, size_t count)
{
    size_t i = 0;
    while (i < count &&
           (is_of_libc(&frames[i]) || frames[i].class == FRAME_CXX || frame_is_cxx_machinery(frames[i].name)))
        i++;
    /* Only libc in between: that is no exception. */
    return i && i < count && frames[i - 1].class != FRAME_LIBC ? i : 0;
}

const char *verdict_judge(enum verdict_cause cause, const struct verdict_frame *frames, size_t count,
                          bool *ret_must_unwind, bool *ret_must_jump)
{
    *ret_must_unwind = *ret_must_jump = false;
    if (count == 0)
        return REASON_WALK;
    /* Its tables may be locked for a moment. */
    if (cause == VERDICT_FAULT && frames[0].class == FRAME_CRUMPLE)
        return REASON_CRUMPLE;
    for (size_t i = 0; i < count; i++) {
        const char *reason = judge_frame(&frames[i], i);
        if (reason)
            return reason;
    }
    for (size_t i = cause == VERDICT_EXCEPTION ? skip_throwing(frames, count) : 0, run; i < count; i += run) {
        const char *reason = NULL;
        run = 1;
        if (is_of_libc(&frames[i])) {
            while (i + run < count && is_of_libc(&frames[i + run]))
                run++;
            reason = judge_libc(frames + i, run, i == 0, cause, ret_must_unwind, ret_must_jump);
        } else if (frames[i].class == FRAME_CXX) {
            reason = judge_cxx(frames, i, count);
        } else {
            reason = judge_application(&frames[i]);
        }
        if (reason)
            return reason;
    }
    return NULL;
}

const char *verdict_how_name(enum verdict_how how)
{
    return how == VERDICT_JUMP ? "jump" : "unwind";
}

const char *verdict_how_word(enum verdict_how how)
{
    return how == VERDICT_UNWIND_ONLY ? "unwind-only" : verdict_how_name(how);
}
