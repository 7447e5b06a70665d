/* SPDX-License-Identifier: MIT */
#include "report/summary.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "crumple_format.h"
#include "base/json.h"
#include "explain/dump.h"
#include "report/containment.h"
#include "report/culprit.h"
#include "report/event_json.h"
#include "report/go_report.h"
#include "report/json.h"
#include "report/logged_report.h"
#include "report/show_command.h"
#include "report/stack_text.h"
#include "report/tags_report.h"

#define SUMMARY_FRAMES 8
#define LINES_MAX      15
#define TAGS_SHOWN     500 /* bytes */

static void add_clean(struct buffer *out, const char *text)
{
    buffer_add_clean(out, text, strlen(text));
}

static void begin_line(struct buffer *out)
{
    if (out->size)
        buffer_add_char(out, '\n');
    buffer_add_text(out, "crumple: ");
}

/* One line, whatever the program says of itself. */
static void add_tags(const struct crash *crash, struct buffer *out)
{
    const size_t before = out->size;
    begin_line(out);
    buffer_add_text(out, "tags: ");
    if (!report_tags_words(crash, TAGS_SHOWN, out))
        out->size = before;
}

/* The lines before the stack. */
static void add_head(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    begin_line(out);
    add_clean(out, crash->title);
    begin_line(out);
    add_clean(out, notes->exe);
    buffer_format(out, ", pid %" PRId64, notes->pid);
    if (crash_is_goroutine(crash)) {
        buffer_add_text(out, ", ");
        go_text_goroutine(crash, out);
    } else if (notes->thread_count) {
        buffer_format(out, ", thread %d '", crash_thread(crash)->tid);
        add_clean(out, crash_thread(crash)->name);
        buffer_add_char(out, '\'');
    }
    buffer_format(out, ", %s", crash->time);
    if (notes->recovery.action) {
        begin_line(out);
        recovery_words(crash, out);
    }
    if (crash_description(crash)[0]) {
        begin_line(out);
        add_clean(out, crash_description(crash));
    }
    add_tags(crash, out);
    if (crash->waits.deadlock_count) {
        begin_line(out);
        buffer_add_text(out, "deadlock: ");
        add_clean(out, crash->waits.deadlocks[0].text);
    }
    if (culprit_is_found(crash)) {
        begin_line(out);
        buffer_add_text(out, "culprit: ");
        culprit_words(crash, out);
    }
}

/* So many that all lines are LINES_MAX at most: one says how many frames are left, two or three follow. */
static size_t frames_most(const struct crash *crash, const struct buffer *out, size_t begin)
{
    size_t lines = 4 + (crash->no_core && !notes_is_died(&crash->notes));
    for (size_t i = begin; i < out->size; i++)
        lines += out->data[i] == '\n';
    const size_t most = lines < LINES_MAX ? LINES_MAX - lines : 1;
    return most < SUMMARY_FRAMES ? most : SUMMARY_FRAMES;
}

static void add_text(const struct crash *crash, const char *path, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    const size_t begin = out->size;
    size_t captured = 0;
    if (notes_is_logged(notes)) {
        begin_line(out);
        logged_summary(crash, path, out);
        return;
    }
    for (size_t i = 0; i < notes->thread_count; i++)
        captured += notes->threads[i].is_captured;
    add_head(crash, out);
    const struct stack_text how = {
        .begin = "\ncrumple:   ", .end = "", .frames_max = frames_most(crash, out, begin)};
    if (notes->thread_count) {
        if (!notes_is_dump(notes)) /* the thread that was asked is any one */
            stack_text_add(crash, crash_told_stack(crash), &how, out);
        if (!crash_is_goroutine(crash)) {
            begin_line(out);
            buffer_format(out, "%zu of %zu threads captured", captured, notes->thread_count);
        }
    }
    if (crash->no_core && !notes_is_died(notes)) {
        begin_line(out);
        buffer_format(out, "%s: the bundle has no core and no registers", crash->no_core);
    }
    begin_line(out);
    buffer_add_text(out, path ? "report: " : "bundle suppressed: ");
    if (path)
        show_command_add(path, out);
    else
        add_clean(out, crash->suppressed);
    buffer_add_char(out, '\n');
}

/* Those that people see. */
static void add_frames(const struct crash *crash, size_t most, struct buffer *out)
{
    const struct stack *stack = crash_told_stack(crash);
    size_t count, shown = 0;
    struct stack_part *parts = stack_text_parts(crash, stack, &count);
    json_open(out, "frames", '[');
    for (size_t i = 0; parts && i < count && shown < most; i++)
        if (parts[i].kind == PART_FRAME) {
            report_json_frame(crash, crash_frame(crash, stack, parts[i].first), out);
            shown++;
        }
    json_close(out, ']');
    out->failed |= !parts;
    free(parts);
}

/* docs/stderr.md: the members of the line in crashes.ndjson, and some more. */
static void add_object(const struct crash *crash, const char *path, bool is_long, size_t frames,
                       struct buffer *out)
{
    json_open(out, NULL, '{');
    json_string(out, "crumple", CRUMPLE_VERSION);
    event_json_begin(crash, out);
    json_number(out, "tid", crash_thread(crash)->tid);
    event_json_rest(crash, path, out);
    if (crash->no_core)
        json_string(out, "no_core", crash->no_core);
    if (is_long) {
        json_string(out, "reason", crash->reason);
        json_string(out, "description", crash_description(crash));
        add_frames(crash, frames, out);
    }
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

/* As many frames as fit into one write that is not mixed with other processes' lines. */
static void add_json(const struct crash *crash, const char *path, struct buffer *out)
{
    const size_t before = out->size;
    for (size_t frames = SUMMARY_FRAMES;; frames--) {
        add_object(crash, path, true, frames, out);
        if (out->failed || out->size - before <= PIPE_BUF)
            return;
        out->size = before;
        if (frames == 0)
            break;
    }
    add_object(crash, path, false, 0, out);
}

void summary_write(const struct crash *crash, enum summary_mode mode, const char *path, struct buffer *out)
{
    if (mode == SUMMARY_TEXT)
        add_text(crash, path, out);
    else if (mode == SUMMARY_JSON)
        add_json(crash, path, out);
}
