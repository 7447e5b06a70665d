/* SPDX-License-Identifier: MIT */
#include "report/watch_report.h"

#include <inttypes.h>

#include "base/json.h"

static void value_json(const struct watch_words *words, const struct watch_result *item, struct buffer *out)
{
    json_open(out, NULL, '{');
    json_string(out, "name", item->entry.name);
    json_bytes(out, "expression", item->entry.expression, item->entry.expression_size);
    if (item->module)
        json_string(out, "module", item->module);
    json_string(out, "type", item->type[0] ? item->type : NULL);
    json_string(out, "value", item->value.text);
    if (item->is_text && item->value.text)
        json_bool(out, "text", true);
    if (item->is_per_thread)
        json_bool(out, "per_thread", true);
    if (item->value.error)
        json_string(out, "error", item->value.error);
    if (item->value.broke_at)
        json_string(out, "broke_at", item->value.broke_at);
    if (words->later_ms >= 0)
        json_number(out, "later_ms", words->later_ms);
    json_close(out, '}');
}

void watch_json(const struct crash *crash, struct buffer *out)
{
    const struct watch_words *words = &crash->watch;
    if (!words->count)
        return;
    json_open(out, "watch", '[');
    for (size_t i = 0; i < words->count; i++)
        value_json(words, &words->items[i], out);
    json_close(out, ']');
}

void watch_thread_json(const struct crash *crash, size_t index, struct buffer *out)
{
    bool is_open = false;
    for (size_t i = 0; i < crash->watch.count; i++) {
        const struct watch_result *item = &crash->watch.items[i];
        if (index >= item->thread_count || (!item->threads[index].text && !item->threads[index].error))
            continue;
        if (!is_open)
            json_open(out, "watch", '{');
        is_open = true;
        json_string(out, item->entry.name, item->threads[index].text);
    }
    if (is_open)
        json_close(out, '}');
}

static void add_clean(struct buffer *out, const char *text)
{
    buffer_add_clean(out, text, strlen(text));
}

void watch_text(const struct crash *crash, struct buffer *out)
{
    const struct watch_words *words = &crash->watch;
    const char *before = "";
    for (size_t i = 0; i < words->count; i++) {
        const struct watch_result *item = &words->items[i];
        if (!item->value.text)
            continue;
        if (!*before)
            buffer_format(out, "%-10s ", "watch");
        buffer_add_text(out, before);
        add_clean(out, item->entry.name);
        buffer_add_text(out, item->is_text ? " \"" : " ");
        add_clean(out, item->value.text);
        buffer_add_text(out, item->is_text ? "\"" : "");
        if (item->module) {
            buffer_add_text(out, " (of ");
            add_clean(out, item->module);
            buffer_add_text(out, ")");
        }
        before = ", ";
    }
    if (*before && words->later_ms >= 0)
        buffer_format(out, " (read %" PRId64 " ms later)", words->later_ms);
    if (*before)
        buffer_add_char(out, '\n');
    for (size_t i = 0; i < words->count; i++) {
        const struct watch_result *item = &words->items[i];
        if (!item->value.error)
            continue;
        buffer_format(out, "%-10s ", "watch");
        add_clean(out, item->entry.name);
        buffer_add_text(out, ": ");
        add_clean(out, item->value.error);
        buffer_add_char(out, '\n');
    }
}
