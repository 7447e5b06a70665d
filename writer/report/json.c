/* SPDX-License-Identifier: MIT */
#include "report/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "crumple_format.h"
#include "explain/dump.h"
#include "explain/exception.h"
#include "explain/exit.h"
#include "base/json.h"
#include "report/containment.h"
#include "report/context.h"
#include "report/culprit.h"
#include "report/died_report.h"
#include "report/go_report.h"
#include "base/redact.h"
#include "report/frame_json.h"
#include "report/json_signal.h"
#include "report/logged_report.h"
#include "report/routine_json.h"
#include "report/stack_text.h"

/* The part of a frame's object that depends on its place only, rendered once for each place. */
struct fragments {
    struct buffer text;
    size_t *starts; /* owned; place i is text[starts[i]] to text[starts[i + 1] - 1], then comes a brace */
};

static void write_unloaded(const struct place *place, struct buffer *out)
{
    json_string(out, "module", place->unloaded->path);
    json_hex(out, "offset", place->pc - place->unloaded->start);
    json_bool(out, "unloaded", true);
    json_null(out, "build_id");
    json_null(out, "function");
    json_null(out, "function_offset");
}

/* What was printed of the frame stands for what memory would tell. */
static void write_printed(const struct place *place, struct buffer *out)
{
    const struct printed_place *printed = place->printed;
    json_bytes(out, "module", printed->module_size ? printed->module : NULL, printed->module_size);
    json_null(out, "offset");
    json_null(out, "build_id");
    json_bytes(out, "function", place->function, place->function_size);
    if (printed->offset)
        json_hex(out, "function_offset", printed->offset);
    else
        json_null(out, "function_offset");
    if (printed->file_size) {
        json_bytes(out, "file", printed->file, printed->file_size);
        json_number(out, "line", printed->line);
    }
    if (place->kind != STACK_APPLICATION)
        json_bool(out, "runtime", true);
}

static void write_pc(const struct place *place, struct buffer *out)
{
    if (place->printed && !place->pc)
        json_null(out, "pc");
    else
        json_hex(out, "pc", place->pc);
}

static void write_place(const struct place *place, struct buffer *out)
{
    if (place->unloaded) {
        write_unloaded(place, out);
        return;
    }
    if (place->printed) {
        write_printed(place, out);
        return;
    }
    json_string(out, "module", place->module ? place->module->path : NULL);
    if (place->module)
        json_hex(out, "offset", place_offset(place));
    else
        json_null(out, "offset");
    json_string(out, "build_id",
                place->module && place->module->build_id[0] ? place->module->build_id : NULL);
    json_bytes(out, "function", place->function, place->function_size);
    if (place->name)
        json_string(out, "name", place->name);
    if (place->function)
        json_hex(out, "function_offset", place->pc - place->function_address);
    else
        json_null(out, "function_offset");
    if (place->is_signal_frame)
        json_bool(out, "signal_frame", true);
    if (place->kind != STACK_APPLICATION)
        json_bool(out, "runtime", true);
}

static void fragments_make(const struct crash *crash, struct fragments *ret_fragments)
{
    const struct places *places = &crash->walker.places;
    struct fragments fragments = {.starts = calloc((size_t)places->count + 1, sizeof *fragments.starts)};
    if (!fragments.starts) {
        ret_fragments->text.failed = true;
        return;
    }
    for (uint32_t i = 0; i < places->count; i++) {
        /* The brace keeps the first member from being given a comma; it is not part of the fragment. */
        buffer_add_char(&fragments.text, '{');
        fragments.starts[i] = fragments.text.size;
        write_pc(&places->items[i], &fragments.text);
        write_place(&places->items[i], &fragments.text);
    }
    buffer_add_char(&fragments.text, '{');
    fragments.starts[places->count] = fragments.text.size;
    *ret_fragments = fragments;
}

static void write_sp(const struct frame *frame, struct buffer *out)
{
    if (frame->trust == TRUST_PRINTED)
        json_null(out, "sp");
    else
        json_hex(out, "sp", frame->sp);
}

void report_json_frame(const struct crash *crash, const struct frame *frame, struct buffer *out)
{
    const struct place *place = crash_place(crash, frame);
    json_open(out, NULL, '{');
    write_pc(place, out);
    write_sp(frame, out);
    write_place(place, out);
    json_string(out, "trust", walk_trust_name(frame->trust));
    json_close(out, '}');
}

/*
 * The stack pointers of all frames of all threads are most of what a report weighs when packed, and anybody
 * who opens the core has them: other threads than the faulting ones tell only the innermost.
 */
static void write_frames(const struct crash *crash, const struct stack *stack, bool is_every_sp,
                         const struct fragments *fragments, struct buffer *out)
{
    static const char no_sp[] = ",\"sp\":null";
    json_open(out, "frames", '[');
    for (size_t i = 0; i < stack->count; i++) {
        const struct frame *frame = crash_frame(crash, stack, i);
        const size_t *start = &fragments->starts[frame->place];
        json_open(out, NULL, '{');
        buffer_add(out, fragments->text.data + start[0], start[1] - start[0] - 1);
        if (i == 0 || is_every_sp)
            write_sp(frame, out);
        else
            buffer_add(out, no_sp, sizeof no_sp - 1);
        json_string(out, "trust", walk_trust_name(frame->trust));
        if (stack == &crash->stacks[0])
            frame_registers_json(crash, i, out);
        buffer_add_char(out, '}');
    }
    json_close(out, ']');
}

static void write_registers(const struct crash *crash, const struct user_regs_struct *given,
                            struct buffer *out)
{
    const struct user_regs_struct shown = crash_shown_registers(crash, given), *registers = &shown;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"rip", registers->rip},
        {"rsp", registers->rsp},
        {"rbp", registers->rbp},
        {"rax", registers->rax},
        {"rbx", registers->rbx},
        {"rcx", registers->rcx},
        {"rdx", registers->rdx},
        {"rsi", registers->rsi},
        {"rdi", registers->rdi},
        {"r8", registers->r8},
        {"r9", registers->r9},
        {"r10", registers->r10},
        {"r11", registers->r11},
        {"r12", registers->r12},
        {"r13", registers->r13},
        {"r14", registers->r14},
        {"r15", registers->r15},
        {"eflags", registers->eflags},
        {"cs", registers->cs},
        {"ss", registers->ss},
        {"fs_base", registers->fs_base},
        {"gs_base", registers->gs_base},
        {"orig_rax", registers->orig_rax},
    };
    json_open(out, "registers", '{');
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        json_hex(out, rows[i].name, rows[i].value);
    json_close(out, '}');
}

static const char *reason_name(uint8_t reason)
{
    static const char *const names[] = {
        [CRUMPLE_REASON_NONE] = "no registers in the core",
        [CRUMPLE_REASON_TIMEOUT] = "timeout",
        [CRUMPLE_REASON_BLOCKED] = "blocked",
        [CRUMPLE_REASON_KERNEL] = "kernel",
        [CRUMPLE_REASON_EXITED] = "exited",
        [CRUMPLE_REASON_QUEUE] = "queue",
        [CRUMPLE_REASON_UNINTERRUPTIBLE] = "uninterruptible",
    };
    return reason < sizeof names / sizeof names[0] ? names[reason] : "unknown";
}

static void write_thread(const struct crash *crash, size_t index, const struct fragments *fragments,
                         struct buffer *out)
{
    const struct notes_thread *thread = &crash->notes.threads[index];
    const struct stack *stack = &crash->stacks[index];
    json_open(out, NULL, '{');
    json_number(out, "tid", thread->tid);
    json_string(out, "name", thread->name);
    json_bool(out, "crashed", thread->is_crashed);
    json_bool(out, "also_faulted", thread->has_also_faulted);
    json_string(out, "state", thread->is_captured ? "captured" : "missing");
    json_string(out, "reason", thread->is_captured ? NULL : reason_name(thread->reason));
    routine_json(crash, index, out);
    if (thread->is_crashed && thread->is_captured && !crash->no_core)
        write_registers(crash, &thread->registers, out);
    context_thread_json(crash, index, out);
    json_bool(out, "truncated", thread->is_truncated || stack->is_truncated);
    if (index == 0)
        json_number(out, "end_frames", (int64_t)stack_text_end_frames(crash, stack));
    write_frames(crash, stack, thread->is_crashed || thread->has_also_faulted, fragments, out);
    json_close(out, '}');
}

static void write_manner(const struct manner_words *manner, struct buffer *out)
{
    if (!manner->family && !manner->function[0]) {
        json_null(out, "manner");
        return;
    }
    json_open(out, "manner", '{');
    json_string(out, "family", manner->family);
    json_string(out, "function", manner->function[0] ? manner->function : NULL);
    json_close(out, '}');
}

/* Without what their names say is secret. */
static void write_arguments(const struct notes *notes, struct buffer *out)
{
    const char *at = (const char *)notes->cmdline.bytes, *end = at + notes->cmdline.size, *before = at;
    size_t before_size = 0;
    json_open(out, "cmdline", '[');
    for (const char *next; at < end; at = next + 1) {
        struct buffer shown = {0};
        next = memchr(at, '\0', (size_t)(end - at));
        next = next ? next : end;
        redact_argument(&shown, at, (size_t)(next - at), before, before_size);
        json_bytes(out, NULL, shown.data ? shown.data : "", shown.size);
        out->failed |= shown.failed;
        buffer_release(&shown);
        before = at;
        before_size = (size_t)(next - at);
    }
    json_close(out, ']');
}

static void write_head(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    json_number(out, "format", CRUMPLE_FORMAT_VERSION);
    json_string(out, "crumple", CRUMPLE_VERSION);
    json_string(out, "event", notes->event);
    json_string(out, "id", crash->name);
    json_string(out, "time", crash->time);
    json_string(out, "signature", crash->signature);
    json_string(out, "title", crash->title);
    json_string(out, "reason", crash->reason);
    write_manner(&crash->manner, out);
    json_string(out, "exe", notes->exe);
    json_string(out, "build_id", crash_build_id(crash));
    write_arguments(notes, out);
    json_string(out, "hostname", notes->hostname);
    json_number(out, "pid", notes->pid);
    json_number(out, "ppid", notes->ppid);
    json_number(out, "uid", notes->uid);
    json_number(out, "gid", notes->gid);
    json_number(out, "crashed_tid", notes->tid);
}

static void write_modules(const struct crash *crash, struct buffer *out)
{
    static const char *const states[] = {"ok", "missing", "changed"};
    json_open(out, "modules", '[');
    for (size_t i = 0; i < crash->modules.count; i++) {
        const struct module *module = &crash->modules.items[i];
        json_open(out, NULL, '{');
        json_string(out, "path", module->path);
        json_hex(out, "base", module->base);
        json_hex(out, "end", module->end);
        json_string(out, "build_id", module->build_id[0] ? module->build_id : NULL);
        json_string(out, "file", states[module->file]);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void report_json_soft_errors(const struct crash *crash, struct buffer *out)
{
    const char *at = (const char *)crash->notes.soft_errors.bytes, *end = at + crash->notes.soft_errors.size;
    json_open(out, "soft_errors", '[');
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        if (next > at)
            json_bytes(out, NULL, at, (size_t)(next - at));
    }
    json_close(out, ']');
}

static void write_microseconds(const char *key, int64_t value, struct buffer *out)
{
    if (value > 0)
        json_number(out, key, value);
    else
        json_null(out, key);
}

static void write_timings(const struct crash *crash, struct buffer *out)
{
    json_open(out, "timings_us", '{');
    write_microseconds("stopped", (int64_t)(crash->notes.stop_ns / 1000), out);
    write_microseconds("core", (int64_t)(crash->notes.core_ns / 1000), out);
    write_microseconds("read", crash->read_us, out);
    write_microseconds("unwound", crash->unwound_us, out);
    write_microseconds("report", crash->report_us, out);
    json_close(out, '}');
}

void report_json_write(const struct crash *crash, struct buffer *out)
{
    struct fragments fragments = {0};
    fragments_make(crash, &fragments);
    if (fragments.text.failed) {
        out->failed = true;
    } else {
        json_open(out, NULL, '{');
        write_head(crash, out);
        if (!notes_is_from_outside(&crash->notes))
            report_signal_json(crash, out);
        exit_json(crash, out);
        died_json(crash, out);
        logged_json(crash, out);
        dump_json(crash, out);
        exception_json(crash, out);
        recovery_json(crash, out);
        culprit_json(crash, out);
        context_json(crash, out);
        json_open(out, "threads", '[');
        for (size_t i = 0; i < crash->notes.thread_count; i++)
            write_thread(crash, i, &fragments, out);
        json_close(out, ']');
        go_json(crash, out);
        context_long_json(crash, out);
        write_modules(crash, out);
        report_json_soft_errors(crash, out);
        write_timings(crash, out);
        json_close(out, '}');
        buffer_add_char(out, '\n');
    }
    buffer_release(&fragments.text);
    free(fragments.starts);
}
