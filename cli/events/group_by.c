/* SPDX-License-Identifier: MIT */
/* Groups of --by: see events/group_by.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "lookup/lookup.h"
#include "read/report.h"
#include "screen/spark.h"
#include "screen/table.h"
#include "events/group_by.h"

#define PATHS_MAX 16 /* of the newest rows, in --json */

static const struct group *group_at(const struct group_by *how, const struct group *groups, size_t count,
                                    size_t index)
{
    return &groups[how->reverse ? count - 1 - index : index];
}

/* "arena 1, client 3"; to be freed, NULL: memory is short. */
static char *sides_text(const struct group *group)
{
    struct group_side sides[GROUPS_SIDES_MAX];
    const size_t count = groups_sides(group, sides);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s %llu", i ? ", " : "", sides[i].exe, (unsigned long long)sides[i].count);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static json_t *sides_json(const struct group *group)
{
    struct group_side sides[GROUPS_SIDES_MAX];
    const size_t count = groups_sides(group, sides);
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            all, json_pack("{s:s, s:I}", "exe", sides[i].exe, "count", (json_int_t)sides[i].count));
    return all;
}

/* Where the rows are to be read: the path of a bundle, and the file and line of another program's event. */
static json_t *paths_json(const struct group *group)
{
    json_t *paths = json_array();

    for (size_t i = group->row_count; i > 0 && json_array_size(paths) < PATHS_MAX; i--) {
        const struct rows_row *row = group->rows[i - 1];
        if (row->state != ROWS_COUNTED)
            json_array_append(paths, json_object_get(row->json, row->state == ROWS_FOREIGN ? "id" : "path"));
    }
    return paths;
}

void group_by_json(const struct group_by *how, const struct group *groups, size_t count)
{
    char first[WHEN_TEXT_BYTES], last[WHEN_TEXT_BYTES];

    for (size_t i = 0; i < count; i++) {
        const struct group *group = group_at(how, groups, count, i);
        when_format(group->first_us, first);
        when_format(groups_newest(group)->time_us, last);
        json_t *json = json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:O}", "by", how->key->tag, "value",
                                 group->value, "count", (json_int_t)group->count, "first", first, "last",
                                 last, "sides", sides_json(group), "paths", paths_json(group), "title",
                                 json_object_get(groups_speaker(group)->json, "title"));
        if (json)
            out_json(json, 0);
        json_decref(json);
    }
}

static int add_group(struct table *table, const struct lookup *lookup, const struct group *group)
{
    char count[24], trend[GROUP_TREND_CELLS * SPARK_CELL_BYTES], first[WHEN_TEXT_BYTES],
        last[WHEN_TEXT_BYTES], *sides = sides_text(group);
    const char *title = report_string(groups_speaker(group)->json, "title");
    const char *const cells[] = {group->value, count, trend, sides, first, last, lookup_text(lookup, title)};

    if (!sides)
        return -ENOMEM;
    snprintf(count, sizeof count, "%llu", (unsigned long long)group->count);
    spark_put(group->trend, GROUP_TREND_CELLS, trend);
    when_format_local(group->first_us, true, first);
    when_format_local(groups_newest(group)->time_us, true, last);
    int error = table_add(table, cells, "");
    free(sides);
    return error;
}

int group_by_table(const struct group_by *how, const struct group *groups, size_t count)
{
    const struct table_column columns[] = {
        {.name = how->key->tag, .least = 8}, {.name = "COUNT", .right = true},
        {.name = "TREND", .luxury = true},   {.name = "SIDES", .least = 16},
        {.name = "FIRST", .luxury = true},   {.name = "LAST"},
        {.name = "TITLE", .least = 16},
    };
    const struct out_colors colors = out_colors(how->color);
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    struct lookup *lookup = lookup_new();
    int error = table && lookup ? 0 : -ENOMEM;
    const char *reason;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = lookup_add_text(lookup, report_string(groups_speaker(&groups[i])->json, "title"));
    if (error == 0)
        (void)lookup_run(lookup, true, &reason); /* titles are titles without it */
    for (size_t i = 0; error == 0 && i < count; i++)
        error = add_group(table, lookup, group_at(how, groups, count, i));
    if (error == 0 && count > 0)
        table_print(table, out_terminal_width(), how->legend, &colors);
    lookup_free(lookup);
    table_free(table);
    return error;
}
