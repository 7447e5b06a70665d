/* SPDX-License-Identifier: MIT */
/* See page/data.h. All texts are numbers of strings, which come last: by then their names have been looked up. */
#include "page/data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "crumple_format.h"
#include "lookup/lookup.h"
#include "page/details.h"
#include "read/report.h"
#include "rows/group_id.h"
#include "rows/shared_values.h"
#include "rows/where.h"

/* What one page is made of. */
struct data {
    struct page_tables tables;
    json_t *tag_numbers; /* "BYTES OF KEY:KEY=VALUE": number of the pair */
    struct tag {
        size_t key, value;
    } * tags;
    size_t tag_count, tag_room;
    FILE *to;
    size_t unread;
};

static size_t text(struct data *data, const char *string)
{
    return page_strings_add(data->tables.strings, string);
}

/* The number of a pair, or -ENOMEM. */
static ssize_t tag_number(struct data *data, const char *key, const char *value)
{
    char *pair;

    if (asprintf(&pair, "%zu:%s=%s", strlen(key), key, value) < 0)
        return -ENOMEM;
    const json_t *known = json_object_get(data->tag_numbers, pair);
    ssize_t number = known ? (ssize_t)json_integer_value(known) : (ssize_t)data->tag_count;
    if (!known && data->tag_count == data->tag_room) {
        size_t room = data->tag_room ? data->tag_room * 2 : 256;
        struct tag *grown = reallocarray(data->tags, room, sizeof *grown);

        if (grown)
            data->tags = grown;
        data->tag_room = grown ? room : data->tag_room;
    }
    if (!known && (data->tag_count == data->tag_room ||
                   json_object_set_new_nocheck(data->tag_numbers, pair, json_integer(number)) < 0))
        number = -ENOMEM;
    else if (!known)
        data->tags[data->tag_count++] = (struct tag){text(data, key), text(data, value)};
    free(pair);
    return number;
}

static int write_tags(struct data *data, const json_t *row)
{
    json_t *tags = json_object_get(row, "tags"), *value;
    const char *key;
    int error = 0;

    json_object_foreach(tags, key, value)
    {
        ssize_t number = json_is_string(value) ? tag_number(data, key, json_string_value(value)) : -ENODATA;

        if (number >= 0)
            fprintf(data->to, ",%zd", number);
        else if (number == -ENOMEM)
            error = -ENOMEM;
    }
    return error;
}

/* [time in ms, count, event, exe, host, build, signal, id, pid, tag, tag ...] */
static int write_event(struct data *data, const struct rows_row *row)
{
    const json_t *json = row->json;
    const char *exe = report_string(json, "exe");

    fprintf(data->to, "[%lld,%llu,%zu,%zu,%zu,%zu,%zu,%zu,%lld", (long long)(row->time_us / 1000),
            (unsigned long long)row->count, text(data, report_string(json, "event")),
            text(data, exe ? text_base_name(exe) : NULL), text(data, report_string(json, "hostname")),
            text(data, report_string(json, "build_id")), text(data, report_string(json, "signal")),
            text(data, report_string(json, "id")), (long long)report_number(json, "pid", 0));
    int error = write_tags(data, json);
    putc(']', data->to);
    return error;
}

/* The report of the latest bundle, if there is one that can be read. */
static int write_details(struct data *data, const struct group *group)
{
    const struct rows_row *speaker = groups_speaker(group);
    const char *path = speaker->state == ROWS_PRESENT ? report_string(speaker->json, "path") : NULL;
    json_t *report = NULL;

    if (!path)
        return 0;
    int error = page_details_read(path, &report);
    if (error != 0) {
        data->unread++;
        return error == -ENOMEM ? error : 0;
    }
    fprintf(data->to, ",\"bundle\":%zu,\"path\":%zu,", text(data, report_string(speaker->json, "id")),
            text(data, page_strings_is_plain(path) ? path : NULL));
    error = page_details_write(&data->tables, report, data->to);
    json_decref(report);
    return error;
}

/* The number of a key, as a filter's word has it, or -ENOMEM. */
static ssize_t key_of(struct data *data, const struct shared_value *item)
{
    char *word;

    if (asprintf(&word, "%s%s", item->is_tag ? where_tag_prefix(item->key) : "", item->key) < 0)
        return -ENOMEM;
    const ssize_t number = (ssize_t)text(data, word);
    free(word);
    return number;
}

/* [key, value, thousandths of the members, and of the others] */
static int write_shared(struct data *data, const struct shared_values *shared)
{
    fputs(",\"shared\":[", data->to);
    for (size_t i = 0; i < shared->count; i++) {
        const struct shared_value *item = &shared->items[i];
        const ssize_t key = key_of(data, item);

        if (key < 0)
            return -ENOMEM;
        fprintf(data->to, "%s[%zd,%zu,%d,%d]", i > 0 ? "," : "", key, text(data, item->value),
                (int)(item->members * 1000 + 0.5), (int)(item->others * 1000 + 0.5));
    }
    putc(']', data->to);
    return 0;
}

static int write_group(struct data *data, const struct group *group, const struct shared_values *shared)
{
    const struct rows_row *speaker = groups_speaker(group);
    char id[GROUP_ID_BYTES];
    int error = 0;

    group_id(group->value, id);
    fprintf(data->to, "{\"id\":\"%s\",\"signature\":%zu,\"exe\":%zu,\"signal\":%zu,\"function\":%zu", id,
            page_strings_add_names(data->tables.strings, group->value),
            text(data, report_string(speaker->json, "exe")),
            text(data, report_string(speaker->json, "signal")),
            page_strings_add_names(data->tables.strings, report_string(speaker->json, "function")));
    if (!report_string(speaker->json, "signature")) /* its title stands for it */
        fputs(",\"titled\":true", data->to);
    error = write_details(data, group);
    if (error == 0)
        error = write_shared(data, shared);
    fputs(",\"events\":[", data->to);
    for (size_t i = 0; error == 0 && i < group->row_count; i++) {
        fputs(i > 0 ? "," : "", data->to);
        error = write_event(data, group->rows[i]);
    }
    fputs("]}", data->to);
    return error;
}

static void write_head(struct data *data, size_t groups, const struct page_wish *wish)
{
    char now[WHEN_TEXT_BYTES];

    when_format(when_now_us(), now);
    fprintf(
        data->to,
        "{\"version\":%zu,\"made\":\"%s\",\"full\":%s,\"cut\":%s,\"filter\":%zu,\"groups_left\":%zu,\"sources\":[",
        text(data, CRUMPLE_VERSION), now, wish->full ? "true" : "false", wish->is_cut ? "true" : "false",
        text(data, wish->filter), groups > PAGE_GROUPS_MAX ? groups - PAGE_GROUPS_MAX : 0);
    for (size_t i = 0; i < wish->source_count; i++)
        fprintf(data->to, "%s%zu", i > 0 ? "," : "", text(data, wish->sources[i]));
    fputs("]", data->to);
}

static int write_groups(struct data *data, const struct rows *rows, const struct group *groups, size_t count)
{
    const size_t most = count < PAGE_GROUPS_MAX ? count : PAGE_GROUPS_MAX;
    struct shared_values *shared = calloc(most + 1, sizeof *shared);
    int error = shared ? shared_values_find(rows, groups, most, shared) : -ENOMEM;

    fputs(",\n\"groups\":[", data->to);
    for (size_t i = 0; error == 0 && i < most; i++) {
        fputs(i > 0 ? ",\n" : "\n", data->to);
        error = write_group(data, &groups[i], &shared[i]);
    }
    fputs("]", data->to);
    free(shared);
    return error;
}

/* Names and lines, then what is made of them. */
static int write_tables(struct data *data, const struct sources *modules, const char **ret_reason)
{
    struct lookup *lookup = lookup_new();
    int error = lookup ? page_strings_ask(data->tables.strings, lookup) : -ENOMEM;
    const char *reason;

    if (lookup)
        lookup_use(lookup, modules);
    if (error == 0)
        error = page_frames_ask(data->tables.frames, lookup);
    if (error == 0 && lookup_run(lookup, true, &reason) < 0)
        *ret_reason = reason;
    if (error == 0) {
        fputs(",\n\"frames\":", data->to);
        page_frames_write(data->tables.frames, lookup, data->tables.strings, data->to);
        struct source_texts *texts = source_texts_new(modules);
        fputs(",\n\"texts\":", data->to);
        reason = page_frames_write_texts(data->tables.frames, lookup, texts, data->tables.strings, data->to);
        if (reason && !*ret_reason)
            *ret_reason = reason;
        source_texts_free(texts);
        fputs(",\n\"tags\":[", data->to);
        for (size_t i = 0; i < data->tag_count; i++)
            fprintf(data->to, "%s[%zu,%zu]", i > 0 ? "," : "", data->tags[i].key, data->tags[i].value);
        fputs("],\n\"strings\":", data->to);
        page_strings_write(data->tables.strings, lookup, data->to);
        fputs("}\n", data->to);
    }
    lookup_free(lookup);
    return error;
}

int page_data_write(const struct rows *rows, const struct group *groups, size_t count,
                    const struct page_wish *wish, FILE *to, const char **ret_reason, size_t *ret_unread)
{
    struct data data = {.tables = {page_strings_new(), page_frames_new(), wish->full},
                        .tag_numbers = json_object(),
                        .to = to};
    int error = data.tables.strings && data.tables.frames && data.tag_numbers ? 0 : -ENOMEM;

    *ret_reason = NULL;
    if (error == 0) {
        write_head(&data, count, wish);
        error = write_groups(&data, rows, groups, count);
    }
    if (error == 0)
        error = write_tables(&data, wish->modules, ret_reason);
    if (error == 0 && page_strings_failed(data.tables.strings))
        error = -ENOMEM;
    *ret_unread = data.unread;
    page_strings_free(data.tables.strings);
    page_frames_free(data.tables.frames);
    json_decref(data.tag_numbers);
    free(data.tags);
    return error;
}
