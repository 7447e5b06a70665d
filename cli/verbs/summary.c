/* SPDX-License-Identifier: MIT */
/* crumple summary, and crumple alone: what happened in the last 24 hours, on one screen, and how to go on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/confine.h"
#include "base/text.h"
#include "base/time.h"
#include "lookup/lookup.h"
#include "read/report.h"
#include "screen/out.h"
#include "screen/spark.h"
#include "screen/table.h"
#include "places/directory.h"
#include "places/filter.h"
#include "rows/group_rank.h"
#include "rows/groups.h"
#include "verbs/verbs.h"

#define DAY_US       INT64_C(86400000000)
#define GROUPS_SHOWN 5

struct settings {
    struct rows_filter filter;
    enum options_color color;
};

static const struct options_row options[] = {
    FILTER_OPTIONS(struct settings, filter),
    OPTIONS_COLOR_ROW(struct settings, color),
    {0, NULL, NULL, NULL, NULL, 0},
};

#define KIND_FOREIGN "foreign" /* whatever their own word is */

/* Kinds of events, in words: one, many. Pending and damaged files have no kind; directories_conclude() tells them. */
static const char *const kinds[][3] = {
    {"crash", "crash", "crashes"},
    {"died", "death seen by crumple-run", "deaths seen by crumple-run"},
    {"exit", "exit", "exits"},
    {"contained", "contained fault", "contained faults"},
    {"rewound", "fault that went back", "faults that went back"},
    {"dump", "dump", "dumps"},
    {"logged", "error that was only logged", "errors that were only logged"},
    {"restarted", "restart", "restarts"},
    {"restart_limit", "server given up (--restart-limit)", "servers given up (--restart-limit)"},
    {KIND_FOREIGN, "event of another program", "events of other programs"},
};

static bool has_kind(const struct rows_row *row, const char *kind)
{
    const char *event = report_string(row->json, "event");

    if (row->state == ROWS_FOREIGN)
        return strcmp(kind, KIND_FOREIGN) == 0;
    return (row->state == ROWS_PRESENT || row->state == ROWS_COUNTED || row->state == ROWS_TOLD) && event &&
           strcmp(event, kind) == 0;
}

static void put_counts(const struct rows *rows)
{
    const char *comma = "";

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint64_t count = 0;

        for (size_t k = 0; k < rows->count; k++)
            if (has_kind(&rows->rows[k], kinds[i][0]))
                count += rows->rows[k].state == ROWS_TOLD ? 1 : rows->rows[k].count;
        if (count == 0)
            continue;
        printf("%s%llu %s", comma, (unsigned long long)count, kinds[i][count == 1 ? 1 : 2]);
        comma = ", ";
    }
    fputs(*comma ? "\n" : "nothing\n", stdout);
}

/* The newest row that is an event, or NULL. */
static const struct rows_row *newest_of(const struct rows *rows)
{
    for (size_t i = rows->count; i > 0; i--)
        if (rows->rows[i - 1].state == ROWS_PRESENT || rows->rows[i - 1].state == ROWS_COUNTED ||
            rows->rows[i - 1].state == ROWS_FOREIGN)
            return &rows->rows[i - 1];
    return NULL;
}

/* A fault that is only counted has no title. */
static const char *title_of(const struct rows_row *row)
{
    const char *title = report_string(row->json, "title");

    return title ? title : report_string(row->json, "signature");
}

static void put_newest(const char *label, const struct rows_row *row, const struct lookup *lookup)
{
    char time[WHEN_TEXT_BYTES];

    if (!row)
        return;
    when_format_local(row->time_us, false, time);
    printf("%s %s  ", label, time);
    text_put(stdout, lookup_text(lookup, title_of(row)));
    putchar('\n');
}

static int put_groups(const struct group *groups, size_t count, const struct lookup *lookup,
                      const struct out_colors *colors)
{
    static const struct table_column columns[] = {
        {.name = "GROUP"}, {.name = "COUNT", .right = true}, {.name = "TREND", .luxury = true},
        {.name = "LAST"},  {.name = "EXE", .least = 8},      {.name = "TITLE", .least = 24}};
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    int error = table ? 0 : -ENOMEM;

    for (size_t i = 0; error == 0 && i < count && i < GROUPS_SHOWN; i++) {
        const json_t *json = groups_speaker(&groups[i])->json;
        const char *exe = report_string(json, "exe"), *title = title_of(groups_speaker(&groups[i]));
        char number[24], trend[GROUP_TREND_CELLS * SPARK_CELL_BYTES], last[WHEN_TEXT_BYTES];
        const char *const cells[] = {
            report_string(json, "group"), number, trend, last, exe ? text_base_name(exe) : NULL,
            lookup_text(lookup, title)};

        snprintf(number, sizeof number, "%llu", (unsigned long long)groups[i].count);
        spark_put(groups[i].trend, GROUP_TREND_CELLS, trend);
        when_format_local(groups_newest(&groups[i])->time_us, true, last);
        error = table_add(table, cells, "");
    }
    if (error == 0 && count > 0) {
        putchar('\n');
        table_print(table, out_terminal_width(), true, colors);
    }
    if (error == 0 && count > GROUPS_SHOWN)
        printf("and %zu more group%s\n", count - GROUPS_SHOWN, count == GROUPS_SHOWN + 1 ? "" : "s");
    table_free(table);
    return error;
}

/* Titles with readable names. */
static int look_up(const struct rows *rows, struct lookup *lookup)
{
    const char *reason;
    int error = lookup ? 0 : -ENOMEM;

    for (size_t i = 0; error == 0 && i < rows->count; i++)
        error = lookup_add_text(lookup, title_of(&rows->rows[i]));
    if (error == 0)
        (void)lookup_run(lookup, true, &reason); /* titles are titles without it */
    return error;
}

/* "The last 24 hours in DIR: " */
static void put_title(const struct directories *directories, const struct rows_filter *filter,
                      const struct out_colors *colors)
{
    char since[WHEN_TEXT_BYTES], until[WHEN_TEXT_BYTES];

    when_format_local(filter->since_us, true, since);
    when_format_local(filter->until_us, true, until);
    fputs(colors->bold, stdout);
    if (filter->since_us)
        printf("Since %s", since);
    else
        printf(filter->until_us ? "The 24 hours" : "The last 24 hours");
    printf("%s%s in ", filter->until_us ? " until " : "", filter->until_us ? until : "");
    text_put(stdout, directories->items[0].path);
    if (directories->count > 1)
        printf(" and %zu more", directories->count - 1);
    printf(": %s", colors->reset);
}

/* What is shown: from this time on; what is older is told in a line. */
static struct group_span span_of(const struct rows_filter *filter)
{
    const int64_t end_us = filter->until_us ? filter->until_us : when_now_us();

    return (struct group_span){filter->since_us ? filter->since_us : end_us - DAY_US, end_us};
}

static int print_summary(const struct rows *all, const struct directories *directories,
                         const struct settings *settings)
{
    const struct group_span span = span_of(&settings->filter);
    const struct out_colors colors = out_colors(settings->color);
    struct lookup *lookup = lookup_new();
    const struct rows_row **sorted = NULL;
    struct group *groups = NULL;
    size_t count = 0, old = 0;
    int error = look_up(all, lookup);

    while (old < all->count && all->rows[old].time_us < span.begin_us)
        old++;
    const struct rows recent = {.rows = all->rows + old, .count = all->count - old};
    const struct rows before = {.rows = all->rows, .count = old};
    if (error == 0)
        error = groups_make(&recent, NULL, &sorted, &groups, &count);
    if (error == 0) {
        put_title(directories, &settings->filter, &colors);
        put_counts(&recent);
        put_newest("newest", newest_of(&recent), lookup);
        groups_set_trends(groups, count, &span);
        error = put_groups(groups, count, lookup, &colors);
    }
    if (error == 0) {
        putchar('\n');
        put_newest(count ? "before that, the newest was" : "the newest before that:", newest_of(&before),
                   lookup);
        puts("'crumple show last' shows the newest, 'crumple show GROUP' a group,\n"
             "'crumple list' one line for each, 'crumple group' all groups,\n"
             "'crumple --help' everything else");
    }
    free(groups);
    free(sorted);
    lookup_free(lookup);
    return error;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct rows_filter filter = settings->filter;
    struct directories directories;
    struct rows rows = {0};
    int status = directories_choose(operands, &directories);

    filter.counted = filter.restarts = filter.foreign = true;
    filter.since_us = 0; /* the newest one before that is told, too */
    if (status == VERB_OK)
        status = directories_rows(&directories, &filter, &rows);
    if (status == VERB_OK && print_summary(&rows, &directories, settings) < 0) {
        say("out of memory");
        status = VERB_DAMAGED;
    } else if (status == VERB_OK) {
        status = directories_conclude(&directories, rows.count);
    }
    rows_clear(&rows);
    directories_clear(&directories);
    return status;
}

const struct verb verbs_summary_verb = {
    .name = "summary",
    .operands = "[DIR|FILE]...",
    .summary = "the last 24 hours on one screen",
    .about =
        "Counts what the crash directory DIR and its per-user subdirectories have of the last 24 hours, or since --since, by kind of event. "
        "Shows the newest event, and the most frequent groups of equal ones. "
        "'crumple' alone does the same in the crash directory.",
    .examples =
        (const struct verb_example[]){
            {"crumple", "the crash directory of this machine"},
            {"crumple summary --since 7d /mnt/crash/*/", "a week of several machines"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "There is at least one event, also an older one, and all files could be read."},
            {VERB_NOTHING, "There is none."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "DIR or a file in it is unreadable or damaged; the rest was counted."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = CONFINE_PATHS_MAX,
    .run = run,
};
