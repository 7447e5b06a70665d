/* SPDX-License-Identifier: MIT */
#include "report/died_report.h"

#include <stdbool.h>
#include <string.h>

#include "amounts.h"
#include "base/json.h"
#include "base/redact.h"
#include "explain/died.h"
#include "golang/go_stack.h"
#include "report/logged_report.h"

#define LINES_SHOWN 20 /* of each stream, in report.txt */

static void number_or_null(const char *key, uint64_t value, struct buffer *out)
{
    if (value)
        json_number(out, key, (int64_t)(value & INT64_MAX));
    else
        json_null(out, key);
}

/* Without what looks secret, line by line: a quote that is open in one hides nothing of the next. */
static void add_output(struct core_span text, struct buffer *out)
{
    const char *at = (const char *)text.bytes, *end = at + text.size;
    for (const char *next; at < end; at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        redact_argument(out, at, (size_t)((newline ? newline : end) - at), "", 0);
        if (newline)
            buffer_add_char(out, '\n');
        next = newline ? newline + 1 : end;
    }
}

static void output_json(const char *key, struct core_span text, struct buffer *out)
{
    struct buffer shown = {0};
    add_output(text, &shown);
    json_bytes(out, key, text.size ? shown.data ? shown.data : "" : NULL, shown.size);
    out->failed |= shown.failed;
    buffer_release(&shown);
}

static void memory_json(const struct notes_end *end, struct buffer *out)
{
    if (!end->memory_used && !end->memory_peak && !end->memory_limit && !end->oom_kills) {
        json_null(out, "memory");
        return;
    }
    json_open(out, "memory", '{');
    number_or_null("used", end->memory_used, out);
    number_or_null("peak", end->memory_peak, out);
    number_or_null("limit", end->memory_limit, out);
    json_number(out, "oom_kills", (int64_t)(end->oom_kills & INT64_MAX));
    json_close(out, '}');
}

static void signal_json(const struct notes_end *end, struct buffer *out)
{
    char name[24];
    if (!end->signal) {
        json_null(out, "signal");
        return;
    }
    died_signal_name(end->signal, name, sizeof name);
    json_open(out, "signal", '{');
    json_number(out, "number", (int64_t)(end->signal & INT32_MAX));
    json_string(out, "name", name);
    json_close(out, '}');
}

void died_json(const struct crash *crash, struct buffer *out)
{
    const struct notes_end *end = &crash->notes.end;
    const bool is_exec = strcmp(end->how, "exec") == 0;
    char sent[24];
    if (!notes_is_died(&crash->notes))
        return;
    died_signal_name(end->sent_signal, sent, sizeof sent);
    signal_json(end, out);
    json_open(out, "end", '{');
    json_string(out, "how", end->how);
    if (end->signal || is_exec || strcmp(end->how, "together") == 0)
        json_null(out, "status");
    else
        json_number(out, "status", (int64_t)(end->status & 0xff));
    json_string(out, "error", is_exec ? strerrorname_np((int)(end->error & INT32_MAX)) : NULL);
    json_bool(out, "core_dumped", end->core == 1);
    json_string(out, "asked_by", sent[0] ? sent : NULL);
    if (sent[0])
        json_number(out, "asked_ms", (int64_t)(end->sent_ms & INT64_MAX));
    else
        json_null(out, "asked_ms");
    number_or_null("uptime_ms", end->uptime_ms, out);
    memory_json(end, out);
    json_string(out, "reach", end->reach);
    json_string(out, "description", crash->died.description);
    output_json("stdout", go_stack_output_before(crash, crash->notes.stdout_text), out);
    output_json("stderr", go_stack_output_before(crash, crash->notes.stderr_text), out);
    json_close(out, '}');
    last_logged_json(crash, out);
}

static void add_amount(const char *label, uint64_t bytes, struct buffer *out)
{
    char amount[AMOUNT_BYTES];
    if (!bytes)
        return;
    amount_bytes(bytes, amount);
    buffer_format(out, "%-10s %s\n", label, amount);
}

/* The last lines, indented. */
static void add_last_lines(const char *label, struct core_span text, struct buffer *out)
{
    struct buffer shown = {0};
    size_t lines = 0;
    add_output(text, &shown);
    out->failed |= shown.failed;
    size_t begin = shown.size;
    while (begin && (shown.data[begin - 1] != '\n' || begin == shown.size || ++lines < LINES_SHOWN))
        begin--;
    if (shown.size)
        buffer_format(out, "\n%s, the last lines:\n", label);
    for (size_t at = begin, next; at < shown.size; at = next + 1) {
        const char *newline = memchr(shown.data + at, '\n', shown.size - at);
        next = newline ? (size_t)(newline - shown.data) : shown.size;
        buffer_add_text(out, "  ");
        buffer_add_clean(out, shown.data + at, next - at);
        buffer_add_char(out, '\n');
    }
    buffer_release(&shown);
}

void died_text(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    if (!notes_is_died(notes))
        return;
    add_amount("memory", notes->end.memory_used, out);
    add_amount("peak", notes->end.memory_peak, out);
    add_amount("limit", notes->end.memory_limit, out);
    last_logged_text(crash, out);
}

void died_text_output(const struct crash *crash, struct buffer *out)
{
    const struct notes *notes = &crash->notes;
    if (!notes_is_died(notes))
        return;
    add_last_lines("stdout", go_stack_output_before(crash, notes->stdout_text), out);
    add_last_lines("stderr", go_stack_output_before(crash, notes->stderr_text), out);
}
