/* SPDX-License-Identifier: MIT */
#include "report/tags_report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/redact.h"
#include "context/tags.h"
#include "date.h"

#define EVENTS_MAX   256
#define EVENTS_SHOWN 30 /* in report.txt */

static void words_json(const struct tag_word *words, size_t count, size_t most, struct buffer *out)
{
    const size_t end = out->size + most;
    json_open(out, "tags", '{');
    for (size_t i = 0; i < count && out->size < end; i++) {
        const size_t before = out->size;
        json_bytes(out, words[i].name, words[i].value, words[i].size);
        if (out->size + 1 > end)
            out->size = before;
    }
    json_close(out, '}');
}

static void all_json(const struct crash *crash, size_t most, struct buffer *out)
{
    struct tag_word words[TAGS_MERGED_MAX];
    const size_t count = tags_merge(crash, words);
    if (count || notes_is_logged(&crash->notes))
        words_json(words, count, most, out);
}

void report_tags_json(const struct crash *crash, struct buffer *out)
{
    all_json(crash, SIZE_MAX / 2, out);
}

void report_tags_line(const struct crash *crash, struct buffer *out)
{
    all_json(crash, TAGS_LINE_BYTES, out);
}

void report_tags_thread_json(const struct crash *crash, size_t index, struct buffer *out)
{
    size_t first, count = tags_of_thread(crash, crash->notes.threads[index].tid, &first);
    if (count && crash->notes.threads[index].tid)
        words_json(crash->tags.items + first, count, SIZE_MAX / 2, out);
}

bool report_tags_words(const struct crash *crash, size_t most, struct buffer *out)
{
    struct tag_word words[TAGS_MERGED_MAX];
    const size_t count = tags_merge(crash, words), end = out->size + most;
    for (size_t i = 0; i < count; i++) {
        if (out->size + words[i].size + sizeof words[i].name > end) {
            buffer_add_text(out, ", ...");
            return true;
        }
        buffer_format(out, "%s%s=", i ? ", " : "", words[i].name);
        buffer_add_clean(out, words[i].value, words[i].size);
    }
    return count > 0;
}

void report_tags_text(const struct crash *crash, struct buffer *out)
{
    const size_t before = out->size;
    buffer_format(out, "%-10s ", "tags");
    if (report_tags_words(crash, SIZE_MAX / 2, out))
        buffer_add_char(out, '\n');
    else
        out->size = before;
}

/* 'TIME TID TEXT', and moves *at behind it. False: there is none. */
struct told_event {
    uint64_t time_ns, tid;
    const char *text;
    size_t size;
};

static bool number(const char **at, const char *end, uint64_t *ret)
{
    const char *from = *at;
    for (*ret = 0; *at < end && **at >= '0' && **at <= '9' && *ret < UINT64_MAX / 10 - 10; (*at)++)
        *ret = *ret * 10 + (uint64_t)(**at - '0');
    if (*at == from || *at == end || **at != ' ')
        return false;
    (*at)++;
    return true;
}

static bool next_event(const char **at, const char *end, struct told_event *ret)
{
    while (*at < end) {
        const char *from = *at, *newline = memchr(from, '\n', (size_t)(end - from));
        const char *last = newline ? newline : end;
        *at = newline ? newline + 1 : end;
        if (!number(&from, last, &ret->time_ns) || !number(&from, last, &ret->tid) || ret->tid > INT32_MAX)
            continue;
        ret->text = from;
        ret->size = (size_t)(last - from);
        return true;
    }
    return false;
}

static size_t read_events(const struct crash *crash, struct told_event ret[EVENTS_MAX])
{
    const char *at = (const char *)crash->notes.breadcrumbs.bytes, *end = at + crash->notes.breadcrumbs.size;
    size_t count = 0;
    while (count < EVENTS_MAX && next_event(&at, end, &ret[count]))
        count++;
    return count;
}

static int64_t before_ms(const struct crash *crash, const struct told_event *event)
{
    return (int64_t)(crash->notes.time_ns - event->time_ns) / 1000000; /* of a hostile note any number */
}

/* As lines of logs: values whose names suggest a secret, passwords in addresses and bearer tokens are left out. */
static void shown(const struct told_event *event, struct buffer *ret_text)
{
    ret_text->size = 0;
    redact_argument(ret_text, event->text, event->size, "", 0);
}

void told_events_json(const struct crash *crash, struct buffer *out)
{
    struct told_event events[EVENTS_MAX];
    struct buffer text = {0};
    char time[DATE_BYTES];
    const size_t count = read_events(crash, events);
    if (!count)
        return;
    json_open(out, "events", '[');
    for (size_t i = 0; i < count; i++) {
        date_format(events[i].time_ns / 1000, time);
        json_open(out, NULL, '{');
        json_string(out, "time", time);
        json_number(out, "before_ms", before_ms(crash, &events[i]));
        json_number(out, "tid", (int64_t)events[i].tid);
        shown(&events[i], &text);
        json_bytes(out, "text", text.data ? text.data : "", text.size);
        json_close(out, '}');
    }
    json_close(out, ']');
    out->failed |= text.failed;
    buffer_release(&text);
}

void told_events_text(const struct crash *crash, struct buffer *out)
{
    struct told_event events[EVENTS_MAX];
    struct buffer text = {0};
    const size_t count = read_events(crash, events), from = count > EVENTS_SHOWN ? count - EVENTS_SHOWN : 0;
    if (count)
        buffer_add_text(out, "\nevents that the program has told, the last ones:\n");
    for (size_t i = from; i < count; i++) {
        buffer_format(out, "  %8" PRId64 " ms before, thread %" PRIu64 ": ", before_ms(crash, &events[i]),
                      events[i].tid);
        shown(&events[i], &text);
        buffer_add_clean(out, text.data ? text.data : "", text.size);
        buffer_add_char(out, '\n');
    }
    out->failed |= text.failed;
    buffer_release(&text);
}
