/* SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "base/redact.h"
#include "golang/go_stack.h"
#include "report/go_report.h"

#define GROUPS_LISTED 200
#define FRAMES_LISTED 100
#define MESSAGE_MAX   8192

static void text_json(const char *key, struct go_text text, struct buffer *out)
{
    json_bytes(out, key, text.size ? text.at : NULL, text.size);
}

/* Without what looks secret, line by line. */
static void message_json(const char *key, struct go_text message, struct buffer *out)
{
    struct buffer shown = {0};
    const size_t size = message.size < MESSAGE_MAX ? message.size : MESSAGE_MAX;
    for (size_t at = 0; at < size;) {
        const char *newline = memchr(message.at + at, '\n', size - at);
        const size_t line = newline ? (size_t)(newline - message.at) - at : size - at;
        redact_argument(&shown, message.at + at, line, "", 0);
        if (newline)
            buffer_add_char(&shown, '\n');
        at += line + 1;
    }
    json_bytes(out, key, shown.size ? shown.data : NULL, shown.size);
    out->failed |= shown.failed;
    buffer_release(&shown);
}

static void frame_json(const struct go_frame *frame, struct buffer *out)
{
    json_open(out, NULL, '{');
    text_json("function", frame->function, out);
    text_json("file", frame->file, out);
    if (frame->line)
        json_number(out, "line", (int64_t)(frame->line & INT64_MAX));
    else
        json_null(out, "line");
    if (frame->offset)
        json_hex(out, "offset", frame->offset);
    else
        json_null(out, "offset");
    if (go_dump_is_runtime(frame))
        json_bool(out, "runtime", true);
    json_close(out, '}');
}

static void group_json(const struct crash *crash, const struct go_group *group, struct buffer *out)
{
    const size_t at = go_stack_telling(crash, group);
    json_open(out, NULL, '{');
    json_number(out, "count", (int64_t)(group->count & INT64_MAX));
    json_string(out, "state", group->state);
    json_open(out, "wait_minutes", '[');
    json_number(out, NULL, (int64_t)(group->wait_least & INT64_MAX));
    json_number(out, NULL, (int64_t)(group->wait_most & INT64_MAX));
    json_close(out, ']');
    json_number(out, "first", (int64_t)(group->first & INT64_MAX));
    if (at < group->frame_count)
        json_number(out, "at", (int64_t)at);
    else
        json_null(out, "at");
    text_json("created_by", group->created_by, out);
    text_json("created_file", group->created_file, out);
    json_number(out, "created_line", (int64_t)(group->created_line & INT64_MAX));
    json_bool(out, "locked", group->is_locked);
    json_bool(out, "unavailable", group->is_unavailable);
    json_bool(out, "elided", group->elided.size > 0);
    json_open(out, "frames", '[');
    for (size_t i = 0; i < group->frame_count && i < FRAMES_LISTED; i++)
        frame_json(&crash->go.dump.frames[group->frame + i], out);
    json_close(out, ']');
    json_close(out, '}');
}

static void deps_json(const struct go_build *build, struct buffer *out)
{
    json_open(out, "deps", '[');
    for (size_t i = 0; i < build->module_count; i++) {
        json_open(out, NULL, '{');
        text_json("path", build->modules[i].path, out);
        text_json("version", build->modules[i].version, out);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void groups_json(const struct crash *crash, struct buffer *out)
{
    const struct go_dump *dump = &crash->go.dump;
    uint64_t left = dump->unfolded;
    json_open(out, "groups", '[');
    for (size_t i = 0; i < dump->group_count; i++)
        if (i < GROUPS_LISTED)
            group_json(crash, &dump->groups[i], out);
        else
            left += dump->groups[i].count;
    json_close(out, ']');
    json_number(out, "unlisted", (int64_t)(left & INT64_MAX));
}

void go_json(const struct crash *crash, struct buffer *out)
{
    static const char *const kinds[] = {NULL, "panic", "fatal", "signal"};
    const struct crash_go *go = &crash->go;
    if (!go->is_there)
        return;
    json_open(out, "go", '{');
    text_json("version", go->build.version, out);
    text_json("module", go->build.main.path, out);
    text_json("module_version", go->build.main.version, out);
    json_string(out, "kind", kinds[go->dump.kind]);
    message_json("message", go->dump.message, out);
    message_json("last_message", go->dump.last, out);
    json_bool(out, "recovered", go->dump.is_recovered);
    json_bool(out, "sent", go->dump.is_sent);
    if (go->dump.group_count && !go->dump.is_runtime_stack && !go->dump.is_sent) {
        json_number(out, "goroutine", (int64_t)(go->dump.groups[0].first & INT64_MAX));
        json_string(out, "state", go->dump.groups[0].state);
    } else {
        json_null(out, "goroutine");
        json_null(out, "state");
    }
    json_open(out, "labels", '{');
    for (size_t i = 0; i < go->labels.count; i++)
        json_string(out, go->labels.items[i].key, go->labels.items[i].value);
    json_close(out, '}');
    json_number(out, "goroutines", (int64_t)(go->dump.goroutines & INT64_MAX));
    json_bool(out, "cut", go_text_is_cut(crash));
    deps_json(&go->build, out);
    groups_json(crash, out);
    json_close(out, '}');
}
