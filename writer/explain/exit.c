/* SPDX-License-Identifier: MIT */
#include "explain/exit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explain/after_fault.h"
#include "explain/manner.h"
#include "crash/crash.h"
#include "readable_name.h"
#include "walk/frame_class.h"
#include "base/json.h"

bool exit_is(const struct crash *crash)
{
    return strcmp(crash->notes.event, "exit") == 0 && !crash->notes.has_signal;
}

static void copy_name(char *to, size_t size, const struct sig_frame *frame)
{
    if (frame->function)
        snprintf(to, size, "%.*s", (int)(frame->function_size < size ? frame->function_size : size),
                 frame->function);
}

/* The first frame of the application from 'at' on, or count. */
static size_t application_from(const struct sig_input *input, size_t at)
{
    while (at < input->count && !signature_counts(&input->frames[at]))
        at++;
    return at;
}

static bool begins(const struct sig_frame *frame, const char *prefix)
{
    size_t length = strlen(prefix);
    return frame->function && frame->function_size >= length && memcmp(frame->function, prefix, length) == 0;
}

static bool has_name(const struct sig_frame *frame, const char *name)
{
    return begins(frame, name) && frame->function_size == strlen(name);
}

static bool started_by_libc(const struct sig_input *input)
{
    for (size_t i = 0; i < input->count; i++)
        if (begins(&input->frames[i], "__libc_start_"))
            return true;
    return false;
}

static bool is_program(const struct crash *crash, const char *module)
{
    const char *slash = strrchr(crash->notes.exe, '/');
    return strcmp(module, slash ? slash + 1 : crash->notes.exe) == 0;
}

static void set_caller(struct crash *crash, const struct sig_frame *frame)
{
    struct exit_words *words = &crash->exit;
    copy_name(words->function, sizeof words->function, frame);
    snprintf(words->module, sizeof words->module, "%s", frame->module ? frame->module : "");
    words->is_foreign = frame->module && !is_program(crash, frame->module);
    words->offset = frame->offset;
}

/* A function of libc, or our hook of it, that the application called, and that called exit. */
static void set_via(struct exit_words *words, const struct sig_frame *frame)
{
    static const char *const plain[] = {"exit", "_exit", "_Exit", "quick_exit", "__run_exit_handlers"};
    char name[sizeof words->via] = "";
    if (frame->is_signal_frame || !frame->module ||
        (frame_class_of(frame->module) != FRAME_LIBC && frame_class_of(frame->module) != FRAME_CRUMPLE))
        return;
    copy_name(name, sizeof name, frame);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(name, plain[i]) == 0)
            return;
    snprintf(words->via, sizeof words->via, "%s", name);
}

/* Who came here by a fault does so in a handler. */
static void set_fault(struct crash *crash, const struct sig_input *input)
{
    struct after_fault fault;
    if (!after_fault_find(crash, false, &fault))
        return;
    snprintf(crash->exit.fault, sizeof crash->exit.fault, "%s", fault.name);
    crash->exit.fault_address = fault.address;
    size_t at = application_from(input, after_fault_first(&fault, input->frames, input->count));
    if (at < input->count)
        copy_name(crash->exit.fault_function, sizeof crash->exit.fault_function, &input->frames[at]);
}

/* To return from main is to call exit in it (C11 5.1.2.2.3). */
static void put_main(struct crash *crash, struct sig_input *input, struct sig_frame *frames)
{
    const char *slash = strrchr(crash->notes.exe, '/');
    frames[0] = (struct sig_frame){
        .function = "main", .function_size = 4, .module = slash ? slash + 1 : crash->notes.exe};
    input->count = 1;
}

static const char *readable(const char *function, char name[NAME_TITLE_BYTES])
{
    (void)name_readable(function, strlen(function), name, NAME_TITLE_BYTES);
    return name;
}

static void set_title(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    const struct exit_words *words = &crash->exit;
    char who[300] = "", after[200] = "", name[NAME_TITLE_BYTES], fault[NAME_TITLE_BYTES];
    if (words->is_return)
        snprintf(who, sizeof who, ": main returned");
    else if (words->is_last_thread)
        snprintf(who, sizeof who, ": the last thread ended");
    else if (words->function[0])
        snprintf(who, sizeof who, " by %s%s%.100s", readable(words->function, name),
                 words->is_foreign ? " in " : "", words->is_foreign ? words->module : "");
    else if (words->module[0])
        snprintf(who, sizeof who, " by %.150s+0x%" PRIx64, words->module, words->offset);
    if (words->fault[0])
        snprintf(after, sizeof after, ", after %s%s%.150s", words->fault,
                 words->fault_function[0] ? " in " : "", readable(words->fault_function, fault));
    snprintf(crash->title, sizeof crash->title, "%s(%" PRIu64 ")%s%s%.20s%s", notes->exit_call,
             notes->exit_status, who, words->via[0] ? " through " : "", words->via, after);
}

static void set_description(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    struct exit_words *words = &crash->exit;
    char where[400] = "", fault[260] = "", name[NAME_TITLE_BYTES];
    if (words->function[0] && !words->is_return)
        snprintf(where, sizeof where, " in %s of %.150s", readable(words->function, name), words->module);
    else if (words->module[0] && !words->is_return)
        snprintf(where, sizeof where, " in %.150s", words->module);
    if (words->fault[0])
        snprintf(fault, sizeof fault, ", in the handler of a %s at address 0x%" PRIx64 "%s%.150s",
                 words->fault, words->fault_address, words->fault_function[0] ? " in " : "",
                 readable(words->fault_function, name));
    if (words->is_return)
        snprintf(words->description, sizeof words->description,
                 "the process ended itself: main returned %" PRIu64, notes->exit_status);
    else if (words->is_last_thread)
        snprintf(words->description, sizeof words->description,
                 "the process ended itself: its last thread, '%.15s', ended", crash_thread(crash)->name);
    else
        snprintf(words->description, sizeof words->description,
                 "the process ended itself: thread '%.15s' called %s(%" PRIu64 ")%s%s%s%s",
                 crash_thread(crash)->name, notes->exit_call, notes->exit_status, where,
                 words->via[0] ? ", through " : "", words->via, fault);
}

/* A server's own die() logs and exits: who called it is the caller. Returns the index of that frame. */
static size_t look_past_manner(struct crash *crash, const struct sig_input *input, size_t first)
{
    struct manner manner;
    manner_find(input->frames + first, input->count - first, &manner);
    const size_t caller = application_from(input, first + manner.frames);
    crash->reason = crash->notes.last_words;
    if (!manner.function || caller == input->count)
        return first;
    copy_name(crash->manner.function, sizeof crash->manner.function, manner.function);
    return caller;
}

void exit_describe(struct crash *crash, struct sig_input *input, struct sig_frame *frames)
{
    struct exit_words *words = &crash->exit;
    size_t first = application_from(input, 0);
    bool is_entry = first > 0 && first < input->count && begins(&frames[first - 1], "__libc_start_");
    memset(words, 0, sizeof *words);
    if (first < input->count && !is_entry) {
        set_fault(crash, input);
        if (first > 0)
            set_via(words, &frames[first - 1]);
        /* With _FORTIFY_SOURCE libc's headers put a function of the same name into the caller (error). */
        if (words->via[0] && first + 1 < input->count && has_name(&frames[first], words->via))
            first++;
        if (!crash->exit.fault[0])
            first = look_past_manner(crash, input, first);
        set_caller(crash, &frames[first]);
        input->frames += first;
        input->count -= first;
    } else if (started_by_libc(input)) {
        words->is_return = true;
        put_main(crash, input, frames);
        set_caller(crash, &frames[0]);
    } else if (input->count > 1) {
        words->is_last_thread = true;
    }
    set_title(crash);
    set_description(crash);
}

void exit_json(const struct crash *crash, struct buffer *out)
{
    const struct exit_words *words = &crash->exit;
    if (!exit_is(crash))
        return;
    json_open(out, "exit", '{');
    json_string(out, "call", crash->notes.exit_call);
    json_number(out, "status", (int64_t)(crash->notes.exit_status & 0xff));
    json_open(out, "caller", '{');
    json_string(out, "function", words->function[0] ? words->function : NULL);
    json_string(out, "module", words->module[0] ? words->module : NULL);
    json_close(out, '}');
    json_string(out, "through", words->via[0] ? words->via : NULL);
    if (words->fault[0]) {
        json_open(out, "fault", '{');
        json_string(out, "signal", words->fault);
        json_hex(out, "addr", words->fault_address);
        json_string(out, "function", words->fault_function[0] ? words->fault_function : NULL);
        json_close(out, '}');
    } else {
        json_null(out, "fault");
    }
    json_string(out, "description", words->description);
    json_close(out, '}');
}
