/* SPDX-License-Identifier: MIT */
#include "explain/title.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/abort.h"
#include "explain/after_fault.h"
#include "explain/died.h"
#include "explain/dump.h"
#include "explain/exception.h"
#include "explain/exit.h"
#include "explain/libc_trap.h"
#include "explain/manner.h"
#include "explain/manner_message.h"
#include "explain/sig_frames.h"
#include "explain/type_name.h"
#include "explain/where.h"
#include "readable_name.h"
#include "walk/function_names.h"
#include "walk/runtime_names.h"

/* An uncaught exception in a thread that was to be ended for it: seen while it was thrown. */
static bool is_contained_exception(const struct crash *crash)
{
    const struct notes_recovery *recovery = &crash->notes.recovery;
    return recovery->exception_type && recovery->cause && strcmp(recovery->cause, "exception") == 0;
}

static void set_uncaught(struct crash *crash)
{
    char type[CRASH_TYPE_BYTES];
    type_name(crash->notes.recovery.exception_type, type, sizeof type);
    snprintf(crash->kind_text, sizeof crash->kind_text, "exception %s", type);
    crash->is_uncaught = true;
    crash->kind = crash->kind_text;
    crash->reason = crash->notes.recovery.exception_what;
    snprintf(crash->signal.description, sizeof crash->signal.description, "an uncaught C++ exception");
}

static void set_abort(struct crash *crash)
{
    struct abort_words words;
    crash->reason = crash->notes.abort_message;
    abort_words_find(crash, &words);
    crash->kind = words.kind;
    crash->aborted_by = words.by;
    snprintf(crash->signal.description, sizeof crash->signal.description, "%s", words.cause);
    if (strcmp(crash->kind, "abort") != 0)
        return;
    const enum exception_end end = exception_end(crash);
    if (end != EXCEPTION_END_NONE && crash->notes.recovery.exception_type) {
        set_uncaught(crash);
    } else if (end == EXCEPTION_END_THROW) {
        crash->kind = "uncaught exception";
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "an uncaught C++ exception, or one thrown where none is allowed");
    } else if (end == EXCEPTION_END_NOTHING) {
        crash->kind = "std::terminate";
        crash->reason = "'throw;' without an exception that could be thrown again";
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "'throw;' was reached while the thread handled no exception: C++ calls std::terminate()");
    } else if (end == EXCEPTION_END_TERMINATE) {
        crash->kind = "std::terminate";
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "the program called std::terminate()");
    }
}

static void set_kind(struct crash *crash)
{
    const struct signal_words *signal = &crash->signal;
    crash->kind = crash->kind_text;
    if (exit_is(crash)) {
        crash->kind = "exit";
    } else if (is_contained_exception(crash)) {
        set_uncaught(crash);
    } else if (signal->origin == SIGNAL_ABORT) {
        set_abort(crash);
    } else if (signal->origin == SIGNAL_SENT) {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s sent", signal->name);
    } else if (signal->is_stack_overflow) {
        crash->kind = "stack overflow";
    } else if (signal->class == FAULT_UNLOADED) {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s freed module", signal->name);
    } else if (signal->is_bad_jump) {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s bad jump", signal->name);
    } else {
        snprintf(crash->kind_text, sizeof crash->kind_text, "%s", signal->name);
    }
}

/* The message says more than the kind, or just the same. */
static void set_abort_title(struct crash *crash, const char *where)
{
    char reason[200] = "", handled[120] = "";
    exception_words(crash, handled, sizeof handled);
    if (crash->reason)
        (void)abort_words_short(crash->reason, reason, sizeof reason);
    if (strcmp(reason, crash->kind) == 0)
        reason[0] = '\0';
    snprintf(crash->title, sizeof crash->title, "%s%s%.60s%s%s%.180s%s%.100s", crash->kind,
             crash->aborted_by ? " by " : "", crash->aborted_by ? crash->aborted_by : "", where,
             reason[0] ? ": " : "", reason, handled[0] ? " while handling exception " : "", handled);
}

static void set_uncaught_title(struct crash *crash, const char *where)
{
    char words[CRASH_TYPE_BYTES + 260];
    exception_words(crash, words, sizeof words);
    snprintf(crash->title, sizeof crash->title, "uncaught exception %.240s%s%s%s", words,
             crash->after_fault ? " after " : "", crash->after_fault ? crash->after_fault : "", where);
}

/* The process itself made an end of it, by this row of the table at least. */
static bool ends_itself(const struct crash *crash)
{
    return crash->signal.origin == SIGNAL_ABORT || crash->is_libc_trap || crash->manner.family;
}

static const char *readable(const struct sig_frame *frame, char *name, size_t size)
{
    (void)name_readable(frame->function, frame->function_size, name, size);
    return name;
}

static void set_title(struct crash *crash, const struct sig_input *input)
{
    char where[200] = "", name[NAME_TITLE_BYTES];
    size_t first = signature_first_frame(input);
    if (first == input->count && input->program)
        snprintf(where, sizeof where, ", unknown in %.120s", input->program);
    if (first < input->count && crash->signal.origin == SIGNAL_ABORT && input->frames[first].module &&
        runtime_names_module(input->frames[first].module))
        first = input->count; /* how libc aborts says nothing; no frame of the application is there */
    if (first < input->count && input->frames[first].function)
        snprintf(where, sizeof where, " in %s", readable(&input->frames[first], name, sizeof name));
    else if (first < input->count)
        snprintf(where, sizeof where, " in %.120s+0x%llx", input->frames[first].module,
                 (unsigned long long)input->frames[first].offset);
    const struct signal_words *signal = &crash->signal;
    if (crash->is_uncaught)
        set_uncaught_title(crash, where);
    else if (ends_itself(crash))
        set_abort_title(crash, where);
    else if (signal->origin == SIGNAL_SENT)
        snprintf(crash->title, sizeof crash->title, "%s %s", signal->name, signal->cause);
    else
        snprintf(crash->title, sizeof crash->title, "%s%s: %s", signal->name, where, signal->cause);
}

static void set_where(struct crash *crash, const struct sig_input *input)
{
    const bool is_fault =
        crash->signal.origin == SIGNAL_FAULT && crash->notes.has_signal && crash->signal.class != FAULT_ENDED;
    char *description = crash->signal.description;
    const size_t size = sizeof crash->signal.description, used = strlen(description);
    where_words(input, is_fault, crash->where, sizeof crash->where);
    if (is_fault && !crash->signal.is_stack_overflow && !crash->is_libc_trap && where_is_allocator(input))
        snprintf(description + used, size - used,
                 "; it happened in the allocator: the heap's records are probably damaged");
}

/* A handler that aborts because somebody else sent its signal: who did so is the cause. */
static void look_for_sender(struct crash *crash)
{
    siginfo_t signal;
    char who[80];
    if (crash->signal.origin != SIGNAL_ABORT || strcmp(crash->kind, "abort") != 0 ||
        !after_fault_find_sent(crash, &signal))
        return;
    const char *name = sigabbrev_np(signal.si_signo);
    if (signal.si_pid)
        snprintf(who, sizeof who, "pid %d (uid %u)", signal.si_pid, signal.si_uid);
    snprintf(crash->sent_kind, sizeof crash->sent_kind, "abort after SIG%.10s sent", name ? name : "RT");
    snprintf(crash->kind_text, sizeof crash->kind_text, "%s %s%s", crash->sent_kind,
             signal.si_pid ? "by " : "from outside of this pid namespace", signal.si_pid ? who : "");
    crash->kind = crash->kind_text;
    snprintf(crash->signal.description, sizeof crash->signal.description,
             "the program called abort() in its handler of a SIG%.10s that was sent %s%s", name ? name : "RT",
             signal.si_pid ? "by " : "from outside of this pid namespace", signal.si_pid ? who : "");
}

/*
 * A crash handler that has printed what it knows, and aborts, or faults itself, or is ended from outside: what
 * is wrong is the fault below it. Returns how many of the frames are the handler's.
 */
static size_t look_below_handler(struct crash *crash, const struct sig_frame *frames, size_t count)
{
    struct after_fault fault;
    char address[40] = "";
    const bool is_end = crash->handler.is_there, is_abort = crash->signal.origin == SIGNAL_ABORT;
    if ((!is_end && !(is_abort && (strcmp(crash->kind, "abort") == 0 || crash->is_uncaught))) ||
        !after_fault_find(crash, is_end, &fault))
        return 0;
    const size_t first = after_fault_first(&fault, frames, count);
    if (first == count)
        return 0;
    if (is_end) {
        const struct sig_input handler = {.kind = crash->kind, .frames = frames, .count = first};
        const size_t at = signature_first_frame(&handler);
        after_fault_describe_end(crash, at < first ? &frames[at] : NULL);
        return first;
    }
    const size_t used = crash->is_uncaught ? strlen(crash->kind_text) : 0;
    snprintf(crash->kind_text + used, sizeof crash->kind_text - used, "%s after %s", used ? "" : "abort",
             fault.name);
    crash->kind = crash->kind_text;
    crash->after_fault = fault.name;
    if (fault.has_address)
        snprintf(address, sizeof address, " at address 0x%" PRIx64, fault.address);
    snprintf(crash->signal.description, sizeof crash->signal.description, "%s in its handler of a %s%s",
             used ? "the program threw an exception, which nothing catches," : "the program called abort()",
             fault.name, address);
    return first;
}

/* A trap that the program ran into on purpose: how GLib, compilers and runtimes end a process. */
static bool is_trap(const struct crash *crash)
{
    return crash->signal.origin == SIGNAL_FAULT &&
           (crash->signal.class == FAULT_BREAKPOINT || crash->signal.class == FAULT_ILLEGAL);
}

/* What the table or the code says of the functions by which the process ended itself. */
static void tell_manner(struct crash *crash, const struct manner *manner)
{
    struct manner_words *words = &crash->manner;
    const bool is_abort = crash->signal.origin == SIGNAL_ABORT;
    if (manner->row)
        words->family = manner->row->family;
    if (manner->function && manner->function->function)
        function_names_readable(manner->function->function, manner->function->function_size, words->function,
                                sizeof words->function);
    if (!crash->reason && !crash->is_uncaught) {
        if (words->family &&
            manner_message_find(crash, words->family, crash->manner_message, sizeof crash->manner_message))
            crash->reason = crash->manner_message;
        else if (!manner->row || !manner->row->prints_more)
            crash->reason = crash->notes.last_words;
    }
    if (is_abort && strcmp(crash->kind, "abort") != 0)
        return; /* libc's message or the exception says more */
    if (manner->row && manner->row->kind) {
        crash->kind = manner->row->kind;
        snprintf(crash->signal.description, sizeof crash->signal.description, "%s", manner->row->cause);
    } else if (is_abort && words->function[0]) {
        snprintf(crash->signal.description, sizeof crash->signal.description,
                 "the program called abort() in %.100s(), which never returns: its own way to give up",
                 words->function);
    }
}

/* Returns how many of the frames tell the manner of the death, and not its place. */
static size_t look_past_manner(struct crash *crash, const struct sig_frame *frames, size_t count)
{
    struct manner manner;
    if (crash->signal.origin != SIGNAL_ABORT && !is_trap(crash))
        return 0;
    manner_find(frames, count, &manner);
    if (is_trap(crash) && !manner.row && !manner.function)
        return 0;
    tell_manner(crash, &manner);
    for (size_t i = manner.frames; i < count; i++)
        if (signature_counts(&frames[i]))
            return manner.frames;
    /* Nothing of the application is left: better its way to give up than nothing. */
    return manner.function ? (size_t)(manner.function - frames) : 0;
}

/* Go's runtime names many of its functions on the way out, and none of them is the place: without a frame of the application or
 * of C, nothing is known of it. */
static bool is_lost_in_go(const struct crash *crash, const struct sig_frame *frames, size_t count)
{
    if (!crash->manner.family || strcmp(crash->manner.family, "Go") != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (signature_counts(&frames[i]))
            return false;
    return true;
}

int title_make(struct crash *crash)
{
    size_t count;
    if (notes_is_died(&crash->notes))
        return died_describe(crash);
    if (notes_is_dump(&crash->notes)) {
        dump_describe(crash);
        return 0;
    }
    struct sig_frame *frames = sig_frames_make(crash, &count);
    const char *slash = strrchr(crash->notes.exe, '/');
    if (!frames)
        return -ENOMEM;
    set_kind(crash);
    crash->is_libc_trap = libc_trap_describe(crash, frames, count);
    size_t skipped = look_below_handler(crash, frames, count);
    if (!skipped)
        look_for_sender(crash);
    if (!skipped || crash->handler.is_there) /* what is below the handler may have a manner of its own */
        skipped += look_past_manner(crash, frames + skipped, count - skipped);
    struct sig_input input = {.kind = crash->sent_kind[0] ? crash->sent_kind : crash->kind,
                              .is_recursion = crash->signal.is_stack_overflow,
                              .frames = frames + skipped,
                              .count = count - skipped,
                              .program = slash ? slash + 1 : crash->notes.exe};
    if (is_lost_in_go(crash, input.frames, input.count))
        input.count = 0;
    if (exit_is(crash))
        exit_describe(crash, &input, frames);
    (void)signature_make(&input, crash->signature,
                         sizeof crash->signature); /* a cut signature still groups */
    if (!exit_is(crash))
        set_title(crash, &input);
    set_where(crash, &input);
    free(frames);
    return 0;
}
