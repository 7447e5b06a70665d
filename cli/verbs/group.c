/* SPDX-License-Identifier: MIT */
/* crumple group: crashes with the same signature, or another thing in common, counted together. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/confine.h"
#include "places/directory.h"
#include "places/filter.h"
#include "base/time.h"
#include "rows/group_rank.h"
#include "events/group_by.h"
#include "events/group_gate.h"
#include "events/group_table.h"
#include "rows/group_facts.h"
#include "rows/groups.h"
#include "rows/shared_values.h"
#include "screen/out.h"
#include "screen/pager.h"
#include "verbs/verbs.h"

struct settings {
    struct rows_filter filter;
    struct where_key by; /* its tag is "": by signature */
    struct group_gate gate;
    enum group_order order;
    size_t most;
    enum options_format format;
    bool reverse, no_legend, no_pager;
    enum options_color color;
};

static int read_order(const char *argument, void *ret)
{
    *(enum group_order *)ret = (enum group_order)options_word_index(GROUP_ORDER_WORDS, argument);
    return 0;
}

static const struct options_row options[] = {
    OPTIONS_TABLE_ROW(struct settings, format),
    OPTIONS_JSON_ROW(struct settings, format),
    {'n', "lines", "N", "Show only the first N groups. 0: all.", options_read_count,
     offsetof(struct settings, most)},
    {0, "sort", "ORDER:" GROUP_ORDER_WORDS,
     "Show first by {}: the most frequent groups (count, the default), the latest (recent), those with more events in the newer half of the time than in the older one (growth), or those that were first seen last (first).",
     read_order, offsetof(struct settings, order)},
    {'r', "reverse", NULL, "Show the first group last.", options_read_flag,
     offsetof(struct settings, reverse)},
    FILTER_OPTIONS(struct settings, filter),
    {0, "by", "KEY:" WHERE_KEY_WORDS,
     "Count by KEY instead of the signature: a tag's name, {}; tag:NAME is always a tag. What has no such value is left out.",
     where_read_key, offsetof(struct settings, by)},
    {0, "new-in", "BUILD",
     "Only groups that have events of BUILD and of no other: a build-id, the beginning of one, or the value of the tag version or build. Exit status 4 if there is one: a gate for a release.",
     options_read_string, offsetof(struct settings, gate.new_in)},
    {0, "gone-in", "BUILD", "Only groups of other builds of BUILD's programs that have no event of BUILD.",
     options_read_string, offsetof(struct settings, gate.gone_in)},
    {0, "no-legend", NULL, "Omit the header line.", options_read_flag, offsetof(struct settings, no_legend)},
    OPTIONS_COLOR_ROW(struct settings, color),
    OPTIONS_PAGER_ROW(struct settings, no_pager),
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

/* What was printed. */
struct printed {
    size_t count;
    uint64_t build_events; /* of the build that was asked for */
};

static int print_groups(const struct rows *rows, const struct settings *settings, struct printed *ret_printed)
{
    const struct group_span span = group_span_of(rows, &settings->filter, when_now_us());
    const struct rows_row **sorted;
    struct group *groups;
    size_t count = 0;
    int error = groups_make(rows, settings->by.tag[0] ? &settings->by : NULL, &sorted, &groups, &count);

    if (error == 0)
        error = group_gate_keep(&settings->gate, groups, &count, &ret_printed->build_events);
    if (error == 0) {
        ret_printed->count = count;
        groups_set_trends(groups, count, &span);
        groups_sort(groups, count, settings->order);
        error = print_some(rows, groups, settings->most && count > settings->most ? settings->most : count,
                           settings);
    }
    free(groups);
    free(sorted);
    return error;
}

static int check_usage(const struct settings *settings)
{
    const char *build = group_gate_build(&settings->gate), *wrong = NULL;

    if (settings->gate.new_in && settings->gate.gone_in)
        wrong = "--new-in and --gone-in exclude each other";
    else if (build && settings->by.tag[0])
        wrong = "--new-in and --gone-in are about signatures, not about --by";
    else if (build && !*build)
        wrong = "which build? --new-in and --gone-in need one";
    if (wrong)
        say("%s; see 'crumple group --help'", wrong);
    return wrong ? VERB_USAGE : VERB_OK;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct rows_filter filter = settings->filter;
    struct directories directories = {0};
    struct rows rows = {0};
    struct printed printed = {0};
    int status = check_usage(settings);

    if (status == VERB_OK) {
        pager_start(settings->no_pager);
        status = directories_choose(operands, &directories);
    }
    filter.counted = filter.foreign = true;
    if (status == VERB_OK)
        status = directories_rows(&directories, &filter, &rows);
    if (status == VERB_OK && print_groups(&rows, settings, &printed) < 0) {
        say("out of memory");
        status = VERB_DAMAGED;
    } else if (status == VERB_OK && group_gate_build(&settings->gate)) {
        status =
            group_gate_conclude(&settings->gate, &directories, &rows, printed.count, printed.build_events);
    } else if (status == VERB_OK && printed.count == 0 && rows.count > 0 && settings->by.tag[0]) {
        say("none of the %zu events in '%s'%s has a tag or member '%s'", rows.count,
            directories.items[0].path, directories.count > 1 ? " ..." : "", settings->by.tag);
        status = VERB_NOTHING;
    } else if (status == VERB_OK) {
        status = directories_conclude(&directories, printed.count);
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
        "TREND shows when they happened, from the oldest to the newest event of all groups, or in the time of --since and --until. "
        "CONTAINED is the part that ended only a thread; BUILDS and HOSTS count different ones. "
        "Crashes that left no bundle, or whose bundle is gone, are counted from crashes.ndjson. "
        "Pending and damaged ones are not counted. Several directories, bundles and files of other programs' events are "
        "counted together. With --by, SIDES names the programs that have the value in common; values with the most sides "
        "come first.",
    .examples =
        (const struct verb_example[]){
            {"crumple group --since 7d", "the most frequent crashes of a week"},
            {"crumple group --sort=growth --since 24h", "what became more frequent today"},
            {"crumple group --new-in 1.9.0 /mnt/crash/*/",
             "what no earlier build had: status 4 if there is any"},
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
            {VERB_FOUND,
             "With --new-in or --gone-in: there is such a group. 0: there is none. 1: BUILD has no event at all."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = CONFINE_PATHS_MAX,
    .run = run,
};
