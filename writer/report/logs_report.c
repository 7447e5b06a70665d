/* SPDX-License-Identifier: MIT */
#include "report/logs_report.h"

#include "base/json.h"
#include "base/redact.h"

#define LINES_SHOWN 20 /* in report.txt */

/* The line at *at without what looks secret, and moves *at behind it. False: there is none. */
static bool next_line(const struct log_tail *tail, size_t *at, struct buffer *ret_shown)
{
    if (*at >= tail->size)
        return false;
    const char *line = tail->text + *at, *newline = memchr(line, '\n', tail->size - *at);
    size_t size = newline ? (size_t)(newline - line) : tail->size - *at;
    *at += size + 1;
    size -= size && line[size - 1] == '\r';
    ret_shown->size = 0;
    redact_argument(ret_shown, line, size, "", 0);
    return true;
}

void logs_json(const struct crash *crash, struct buffer *out)
{
    const struct log_tails *tails = &crash->logs;
    struct buffer shown = {0};
    if (!tails->count)
        return;
    json_open(out, "logs", '[');
    for (size_t i = 0; i < tails->count; i++) {
        const struct log_tail *tail = &tails->items[i];
        json_open(out, NULL, '{');
        json_bytes(out, "path", tail->path, tail->path_size);
        json_open(out, "lines", '[');
        for (size_t at = 0; next_line(tail, &at, &shown);)
            json_bytes(out, NULL, shown.data ? shown.data : "", shown.size);
        json_close(out, ']');
        json_number(out, "skipped", (int64_t)(tail->skipped & INT64_MAX));
        json_string(out, "error", tail->error[0] ? tail->error : NULL);
        json_close(out, '}');
    }
    json_close(out, ']');
    out->failed |= shown.failed;
    buffer_release(&shown);
}

static size_t count_lines(const struct log_tail *tail)
{
    size_t count = tail->size && tail->text[tail->size - 1] != '\n';
    for (size_t i = 0; i < tail->size; i++)
        count += tail->text[i] == '\n';
    return count;
}

void logs_text(const struct crash *crash, struct buffer *out)
{
    struct buffer shown = {0};
    for (size_t i = 0; i < crash->logs.count; i++) {
        const struct log_tail *tail = &crash->logs.items[i];
        size_t left = count_lines(tail);
        buffer_add_char(out, '\n');
        buffer_add_clean(out, tail->path, tail->path_size);
        buffer_add_text(out, left ? ", the last lines:" : tail->error[0] ? ": " : ": empty");
        buffer_format(out, "%s\n", left ? "" : tail->error);
        for (size_t at = 0; next_line(tail, &at, &shown); left--) {
            if (left > LINES_SHOWN)
                continue;
            buffer_add_text(out, "  ");
            buffer_add_clean(out, shown.data ? shown.data : "", shown.size);
            buffer_add_char(out, '\n');
        }
    }
    out->failed |= shown.failed;
    buffer_release(&shown);
}
