/* SPDX-License-Identifier: MIT */
/* crumple group: crashes with the same signature, or another thing in common, counted together. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/confine.h"
#include "verbs/directory.h"
#include "verbs/filter.h"
#include "verbs/group_by.h"
#include "verbs/group_table.h"
#include "rows/group_facts.h"
#include "rows/groups.h"
#include "rows/shared_values.h"
#include "screen/out.h"
#include "verbs/verbs.h"

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

static const struct group *group_at(const struct group *groups, size_t count, const struct settings *settings,
                                    size_t index)
{
    return &groups[settings->reverse ? count - 1 - index : index];
}

static int print_json(const struct rows *rows, const struct group *groups, size_t count,
                      const struct settings *settings)
{
    struct shared_values *shared = calloc(count + 1, sizeof *shared);
    int error = shared ? shared_values_find(rows, groups, count, shared) : -ENOMEM;

    for (size_t i = 0; error == 0 && i < count; i++) {
        const struct group *group = group_at(groups, count, settings, i);
        json_t *facts = group_facts(group, &shared[group - groups]);
        if (facts)
            out_json(facts, 0);
        error = facts ? 0 : -ENOMEM;
        json_decref(facts);
    }
    free(shared);
    return error;
}

/* By signature: a list of crashes. By another key: what each value's crashes and events of other programs are. */
static int print_some(const struct rows *rows, const struct group *groups, size_t count,
                      const struct settings *settings)
{
    const struct group_by how = {&settings->by, settings->reverse, !settings->no_legend, settings->color};
    const bool has_key = settings->by.tag[0];

    if (!out_wants_json(settings->format))
        return has_key ? group_by_table(&how, groups, count) : group_table_print(&how, groups, count);
    if (!has_key)
        return print_json(rows, groups, count, settings);
    group_by_json(&how, groups, count);
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
        error = print_some(rows, groups, count, settings);
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
