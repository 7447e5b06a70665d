/* SPDX-License-Identifier: MIT */
#include "report/logged_report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/redact.h"
#include "base/when.h"
#include "golang/logged_tags.h"
#include "log_line.h"
#include "report/show_command.h"
#include "report/tags_report.h"

#define FRAMES_MAX 100

static void add_clean(struct buffer *out, const char *text)
{
    buffer_add_clean(out, text, strlen(text));
}

static void tags_json(const struct logged_tags *tags, struct buffer *out)
{
    json_open(out, "tags", '{');
    for (size_t i = 0; i < tags->count; i++)
        json_string(out, tags->items[i].key, tags->items[i].value);
    json_close(out, '}');
}

static const char *how(const struct crash *crash)
{
    return crash->logged.is_panic ? "panic" : "error";
}

void logged_json_line(const struct crash *crash, struct buffer *out)
{
    if (notes_is_logged(&crash->notes))
        json_string(out, "how", how(crash));
    report_tags_line(crash, out);
}

static const char *stream_name(uint64_t stream)
{
    return stream == 2 ? "stderr" : "stdout";
}

static void frames_json(const struct logged_words *words, struct buffer *out)
{
    json_open(out, "frames", '[');
    for (size_t i = 0; i < words->frame_count && i < FRAMES_MAX; i++) {
        const struct go_frame *frame = &words->frames[i];
        json_open(out, NULL, '{');
        json_bytes(out, "function", frame->function.at, frame->function.size);
        json_bytes(out, "file", frame->file.size ? frame->file.at : NULL, frame->file.size);
        if (frame->file.size)
            json_number(out, "line", (int64_t)(frame->line & INT32_MAX));
        json_close(out, '}');
    }
    json_close(out, ']');
}

void logged_json(const struct crash *crash, struct buffer *out)
{
    const struct logged_words *words = &crash->logged;
    if (!notes_is_logged(&crash->notes))
        return;
    json_open(out, "logged", '{');
    json_string(out, "how", how(crash));
    json_string(out, "message", words->message);
    json_string(out, "level", words->level[0] ? words->level : NULL);
    json_string(out, "stream", stream_name(crash->notes.logged.stream));
    json_string(out, "caller", words->caller[0] ? words->caller : NULL);
    json_string(out, "function", words->function[0] ? words->function : NULL);
    json_string(out, "place", words->place[0] ? words->place : NULL);
    json_number(out, "missed", (int64_t)(crash->notes.logged.missed & INT64_MAX));
    json_string(out, "description", words->description);
    frames_json(words, out);
    json_close(out, '}');
}

static void tags_text(const struct logged_tags *tags, struct buffer *out)
{
    for (size_t i = 0; i < tags->count; i++) {
        buffer_add_text(out, i ? ", " : "");
        add_clean(out, tags->items[i].key);
        buffer_add_char(out, '=');
        add_clean(out, tags->items[i].value);
    }
}

void logged_text(const struct crash *crash, struct buffer *out)
{
    const struct logged_words *words = &crash->logged;
    if (!notes_is_logged(&crash->notes))
        return;
    if (words->frame_count)
        buffer_add_text(out, "\nthe stack of the goroutine, as it was logged:\n");
    for (size_t i = 0; i < words->frame_count && i < FRAMES_MAX; i++) {
        const struct go_frame *frame = &words->frames[i];
        buffer_format(out, "  #%zu ", i);
        buffer_add_clean(out, frame->function.at, frame->function.size);
        if (frame->file.size) {
            buffer_add_text(out, " (");
            buffer_add_clean(out, frame->file.at, frame->file.size);
            buffer_format(out, ":%" PRIu64 ")", frame->line);
        }
        buffer_add_char(out, '\n');
    }
}

void logged_summary(const struct crash *crash, const char *path, struct buffer *out)
{
    add_clean(out, crash->title);
    buffer_format(out, "; pid %" PRId64 " lives; %s: ", crash->notes.pid,
                  path ? "report" : "bundle suppressed");
    if (path)
        show_command_add(path, out);
    else
        add_clean(out, crash->suppressed);
    buffer_add_char(out, '\n');
}

/* One of the lines that the note has: 'STREAM LINE'. */
struct last_line {
    uint64_t stream;
    struct log_line line;
    struct logged_tags tags;
    char *scratch;         /* owned */
    struct buffer message; /* owned; without what looks secret */
    int64_t before_ms;     /* how long before the end; -1: not known */
};

static bool next_line(const struct crash *crash, struct core_span *rest, struct last_line *ret)
{
    const char *text = (const char *)rest->bytes;
    const char *newline = rest->size ? memchr(text, '\n', rest->size) : NULL;
    if (!newline || newline - text < 2)
        return false;
    const struct span line = {text + 2, (size_t)(newline - text - 2)};
    struct log_line_panic panic = {0};
    *ret = (struct last_line){.stream = text[0] == '2' ? 2 : 1, .scratch = malloc(line.size + 1)};
    rest->bytes += newline + 1 - text;
    rest->size -= (size_t)(newline + 1 - text);
    if (!ret->scratch)
        return false;
    log_line_read(line.bytes, line.size, ret->scratch, &ret->line);
    logged_tags_find(line, &ret->line, &panic, &ret->tags);
    const int64_t time_us = when_parse(ret->line.time), end_us = (int64_t)(crash->notes.time_ns / 1000);
    redact_argument(&ret->message, ret->line.message.bytes, ret->line.message.size, "", 0);
    ret->before_ms = time_us >= 0 && time_us <= end_us ? (end_us - time_us) / 1000 : -1;
    return true;
}

static void release_line(struct last_line *line)
{
    buffer_release(&line->message);
    free(line->scratch);
}

void last_logged_json(const struct crash *crash, struct buffer *out)
{
    struct core_span rest = crash->notes.last_logged;
    struct last_line last;
    if (!rest.size)
        return;
    json_open(out, "last_logged", '[');
    while (next_line(crash, &rest, &last)) {
        json_open(out, NULL, '{');
        json_string(out, "stream", stream_name(last.stream));
        json_bytes(out, "level", last.line.level.bytes, last.line.level.size);
        json_bytes(out, "message", last.message.data, last.message.size);
        if (last.before_ms >= 0)
            json_number(out, "before_ms", last.before_ms);
        else
            json_null(out, "before_ms");
        tags_json(&last.tags, out);
        json_close(out, '}');
        release_line(&last);
    }
    json_close(out, ']');
}

void last_logged_text(const struct crash *crash, struct buffer *out)
{
    struct core_span rest = crash->notes.last_logged;
    struct last_line last;
    if (rest.size)
        buffer_add_text(out, "\nlogged last before the end (not necessarily by what died):\n");
    while (next_line(crash, &rest, &last)) {
        buffer_format(out, "  %s", stream_name(last.stream));
        if (last.before_ms >= 0)
            buffer_format(out, ", %" PRId64 " ms before the end", last.before_ms);
        buffer_add_text(out, ": ");
        buffer_add_clean(out, last.message.data, last.message.size);
        buffer_add_text(out, last.tags.count ? " (" : "");
        tags_text(&last.tags, out);
        buffer_add_text(out, last.tags.count ? ")\n" : "\n");
        release_line(&last);
    }
}
