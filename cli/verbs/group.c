/* SPDX-License-Identifier: MIT */
/* crumple group: crashes with the same signature, or another thing in common, counted together. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/confine.h"
#include "verbs/directory.h"
#include "verbs/filter.h"
#include "verbs/group_by.h"
#include "rows/group_id.h"
#include "rows/groups.h"
#include "lookup/lookup.h"
#include "screen/out.h"
#include "read/report.h"
#include "screen/table.h"
#include "verbs/verbs.h"
#include "base/time.h"

#define PATHS_MAX 5 /* of the newest bundles, in --json */

struct settings {
    struct rows_filter filter;
    struct where_key by; /* its tag is "": by signature */
    size_t most;
    enum options_format format;
    bool reverse, no_legend;
    enum options_color color;
};

static const struct options_row options[] = {
    OPTIONS_TABLE_ROW(struct settings, format),
    OPTIONS_JSON_ROW(struct settings, format),
    {'n', "lines", "N", "Show only the first N groups.", options_read_count, offsetof(struct settings, most)},
    {'r', "reverse", NULL, "Show the most frequent last.", options_read_flag,
     offsetof(struct settings, reverse)},
    FILTER_OPTIONS(struct settings, filter),
    {0, "by", "KEY:" WHERE_KEY_WORDS,
     "Count by KEY instead of the signature: a tag's name, {}; tag:NAME is always a tag. What has no such value is left out.",
     where_read_key, offsetof(struct settings, by)},
    {0, "no-legend", NULL, "Omit the header line.", options_read_flag, offsetof(struct settings, no_legend)},
    OPTIONS_COLOR_ROW(struct settings, color),
    {0, NULL, NULL, NULL, NULL, 0},
};

static void set_time(json_t *json, const char *member, int64_t us)
{
    char time[WHEN_TEXT_BYTES];

    when_format(us, time);
    json_object_set_new(json, member, json_string(time));
}

/* The members of the newest crash that has a bundle, and those of the group. */
static void print_json(const struct group *group)
{
    json_t *json = json_copy(groups_speaker(group)->json), *paths = json_array();

    for (size_t i = group->row_count; i > 0 && json_array_size(paths) < PATHS_MAX; i--)
        if (group->rows[i - 1]->state == ROWS_PRESENT)
            json_array_append(paths, json_object_get(group->rows[i - 1]->json, "path"));
    json_object_set_new(json, "count", json_integer((json_int_t)group->count));
    json_object_set_new(json, "contained", json_integer((json_int_t)group->contained));
    json_object_set_new(json, "counted", json_integer((json_int_t)group->counted));
    set_time(json, "first", group->first_us);
    set_time(json, "last", groups_newest(group)->time_us);
    json_object_set_new(json, "paths", paths);
    out_json(json, 0);
    json_decref(json);
}

/* What a group is called: its signature, or a title. */
static const char *name_of(const struct group *group)
{
    return group_name(groups_speaker(group)->json);
}

static int add_group(struct table *table, const struct lookup *lookup, const struct group *group)
{
    char count[24], contained[24], first[WHEN_TEXT_BYTES], last[WHEN_TEXT_BYTES];
    const json_t *json = groups_speaker(group)->json;
    const char *const cells[] = {
        report_string(json, "group"),       count, contained, first, last, report_string(json, "signal"),
        lookup_text(lookup, name_of(group))};

    snprintf(count, sizeof count, "%llu", (unsigned long long)group->count);
    snprintf(contained, sizeof contained, "%llu", (unsigned long long)group->contained);
    when_format_local(group->first_us, true, first);
    when_format_local(groups_newest(group)->time_us, true, last);
    return table_add(table, cells, "");
}

static int print_table(const struct group *groups, size_t count, const struct settings *settings)
{
    static const struct table_column columns[] = {
        {.name = "GROUP"},
        {.name = "COUNT", .right = true},
        {.name = "CONTAINED", .right = true, .luxury = true},
        {.name = "FIRST"},
        {.name = "LAST"},
        {.name = "SIGNAL"},
        {.name = "SIGNATURE", .least = 24},
    };
    const struct out_colors colors = out_colors(settings->color);
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    struct lookup *lookup = lookup_new();
    int error = table && lookup ? 0 : -ENOMEM;
    const char *reason;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = lookup_add_text(lookup, name_of(&groups[i]));
    if (error == 0)
        (void)lookup_run(lookup, true, &reason); /* signatures are signatures without it */

    for (size_t i = 0; error == 0 && i < count; i++)
        error = add_group(table, lookup, &groups[settings->reverse ? count - 1 - i : i]);
    if (error == 0 && count > 0)
        table_print(table, out_terminal_width(), !settings->no_legend, &colors);
    lookup_free(lookup);
    table_free(table);
    return error;
}

/* By signature: a list of crashes. By another key: what each value's crashes and events of other programs are. */
static int print_some(const struct group *groups, size_t count, const struct settings *settings)
{
    const struct group_by how = {&settings->by, settings->reverse, !settings->no_legend, settings->color};
    const bool has_key = settings->by.tag[0];

    if (!out_wants_json(settings->format))
        return has_key ? group_by_table(&how, groups, count) : print_table(groups, count, settings);
    if (has_key)
        group_by_json(&how, groups, count);
    for (size_t i = 0; i < count && !has_key; i++)
        print_json(&groups[settings->reverse ? count - 1 - i : i]);
    return 0;
}

static int print_groups(const struct rows *rows, const struct settings *settings, size_t *ret_count)
{
    const struct rows_row **sorted;
    struct group *groups;
    size_t count = 0;
    int error = groups_make(rows, settings->by.tag[0] ? &settings->by : NULL, &sorted, &groups, &count);

    if (settings->most > 0 && count > settings->most)
        count = settings->most;
    if (error == 0)
        error = print_some(groups, count, settings);
    *ret_count = count;
    free(groups);
    free(sorted);
    return error;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct rows_filter filter = settings->filter;
    struct directories directories;
    struct rows rows = {0};
    size_t count;
    int status = directories_choose(operands, &directories);

    filter.counted = filter.foreign = true;
    if (status == VERB_OK)
        status = directories_rows(&directories, &filter, &rows);
    if (status == VERB_OK && print_groups(&rows, settings, &count) < 0) {
        say("out of memory");
        status = VERB_DAMAGED;
    } else if (status == VERB_OK) {
        status = directories_conclude(&directories, count);
    }
    rows_clear(&rows);
    directories_clear(&directories);
    return status;
}

const struct verb verbs_group_verb = {
    .name = "group",
    .operands = "[DIR|FILE]...",
    .summary = "crashes counted by signature, most frequent first",
    .about =
        "Counts the crashes in the crash directory DIR by signature, most frequent first; of equally frequent ones the latest comes first. "
        "CONTAINED counts those that ended only their thread. "
        "Crashes that left no bundle, or whose bundle is gone, are counted from crashes.ndjson. "
        "Pending and damaged ones are not counted. Several directories, bundles and files of other programs' events are "
        "counted together. With --by, SIDES names the programs that have the value in common; values with the most sides "
        "come first.",
    .examples =
        (const struct verb_example[]){
            {"crumple group --since 7d", "the most frequent crashes of a week"},
            {"crumple group --by match_id client/ server/", "who else failed in the same match, by its tag"},
            {"crumple group --json -n 1 | jq -r '.paths[0]'", "the newest bundle of the most frequent crash"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "At least one crash was counted, and all files could be read."},
            {VERB_NOTHING, "Nothing matched."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "A DIR or a file in it is unreadable or damaged; the rest was counted."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = CONFINE_PATHS_MAX,
    .run = run,
};
