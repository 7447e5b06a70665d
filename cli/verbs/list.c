/* SPDX-License-Identifier: MIT */
/* crumple list: one crash a line, the newest last. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/confine.h"
#include "base/text.h"
#include "places/directory.h"
#include "places/filter.h"
#include "events/follow.h"
#include "events/list_table.h"
#include "screen/out.h"
#include "screen/pager.h"
#include "read/report.h"
#include "read/running.h"
#include "verbs/verbs.h"

struct settings {
    struct rows_filter filter;
    enum options_format format;
    bool follow, reverse, paths, no_legend, no_pager;
    enum options_color color;
};

/* 0: none but new ones, where they are followed; else all */
static int read_lines(const char *argument, void *ret)
{
    size_t *most = ret;
    int error = options_read_count(argument, most);

    if (error == 0 && *most == 0)
        *most = FOLLOW_ONLY_NEW;
    return error;
}

static const struct options_row options[] = {
    OPTIONS_TABLE_ROW(struct settings, format),
    OPTIONS_JSON_ROW(struct settings, format),
    {'n', "lines", "N", "Show only the N newest. 0: all; with --follow none.", read_lines,
     offsetof(struct settings, filter.most)},
    {'f', "follow", NULL,
     "Show the 10 newest (or N), then each new one as it comes, until an interrupt. What is pending is not shown before it is finished.",
     options_read_flag, offsetof(struct settings, follow)},
    {'r', "reverse", NULL, "Show the newest first.", options_read_flag, offsetof(struct settings, reverse)},
    FILTER_OPTIONS(struct settings, filter),
    {0, "paths", NULL, "Show the path of each bundle instead of its id.", options_read_flag,
     offsetof(struct settings, paths)},
    {0, "no-legend", NULL, "Omit the header line.", options_read_flag, offsetof(struct settings, no_legend)},
    OPTIONS_COLOR_ROW(struct settings, color),
    OPTIONS_PAGER_ROW(struct settings, no_pager),
    {0, NULL, NULL, NULL, NULL, 0},
};

/* The process of the row, a contained fault, runs still. */
static bool lives(const struct rows_row *row, const struct running *running)
{
    return row->is_wound && running_is_of(running, report_number(row->json, "pid", -1), row->time_us);
}

static const char *program_of(const struct rows_row *row)
{
    const char *exe = report_string(row->json, "exe");

    return exe ? text_base_name(exe) : "?";
}

/* Each process once, by its newest row. */
static void tell_wounded(const struct rows *rows, const struct running *running)
{
    for (size_t i = rows->count; i > 0; i--) {
        const struct rows_row *row = &rows->rows[i - 1];
        int64_t pid = report_number(row->json, "pid", -1);
        bool is_told = false;
        if (!lives(row, running))
            continue;
        for (size_t later = i; later < rows->count && !is_told; later++)
            is_told = rows->rows[later].is_wound && report_number(rows->rows[later].json, "pid", -1) == pid;
        if (!is_told)
            say("pid %lld (%s) is wounded: it lives on after a contained fault; restart it when it is convenient",
                (long long)pid, program_of(row));
    }
}

/* As the command line wants it. */
static int print_rows(const struct rows *rows, const struct list_table *how, bool json)
{
    if (!json)
        return list_table_print(rows, how);
    for (size_t i = 0; i < rows->count; i++)
        out_json(rows->rows[how->reverse ? rows->count - 1 - i : i].json, 0);
    return 0;
}

static int list(const struct settings *settings, const struct list_table *how,
                const struct rows_filter *filter, struct directories *directories)
{
    const bool json = out_wants_json(settings->format);
    struct rows rows = {0};
    struct running running = {0};

    if (!json)
        running_take(&running);
    int status = directories_rows(directories, filter, &rows);
    if (status == VERB_OK && print_rows(&rows, how, json) < 0) {
        say("out of memory");
        status = VERB_DAMAGED;
    } else if (status == VERB_OK) {
        if (rows.counted > 0 && (!json || rows.count == 0))
            say("%llu %swithout a bundle; 'crumple group %s%s' counts them", (unsigned long long)rows.counted,
                rows.count > 0 ? "more " : "", directories->items[0].path,
                directories->count > 1 ? " ..." : "");
        if (!json)
            tell_wounded(&rows, &running);
        status = directories_conclude(directories, rows.count);
    }
    rows_clear(&rows);
    running_clear(&running);
    return status;
}

/* How much of the places' paths is the same folder, which need not be repeated in each line. */
static size_t common_folder(const struct directories *places)
{
    const char *first = places->count > 1 ? places->items[0].path : "";
    size_t common = strlen(first);

    for (size_t i = 0; i < places->count && common > 0; i++) {
        const char *path = places->items[i].path;
        size_t end = strlen(path), same = 0;

        while (end > 0 && path[end - 1] == '/')
            end--;
        while (same < common && same < end && path[same] == first[same])
            same++;
        common = same < end || end == 0 ? same : end - 1; /* the last part stays */
    }
    while (common > 0 && first[common - 1] != '/')
        common--;
    return common;
}

/* What follow has found; the legend stands above the first. */
struct following {
    struct list_table how;
    bool json;
};

static int print_followed(const struct rows *rows, void *context)
{
    struct following *following = context;
    int error = print_rows(rows, &following->how, following->json);

    following->how.legend = false;
    out_flush();
    return error;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct rows_filter filter = settings->filter;
    struct directories directories = {0};
    int status = VERB_OK;

    if (settings->follow && settings->reverse) {
        say("--follow shows the newest last: it excludes --reverse; see 'crumple list --help'");
        return VERB_USAGE;
    }
    if (!settings->follow && filter.most == FOLLOW_ONLY_NEW)
        filter.most = 0;
    pager_start(settings->no_pager || settings->follow);
    status = directories_choose(operands, &directories);
    filter.restarts = filter.foreign = true;
    const struct list_table how = {
        .reverse = settings->reverse,
        .paths = settings->paths,
        .legend = !settings->no_legend,
        .has_places = directories.count > 1,
        .from_skip = common_folder(&directories),
        .is_wide = settings->follow,
        .color = settings->color,
    };
    if (status == VERB_OK && settings->follow) {
        struct following following = {how, out_wants_json(settings->format)};
        status = follow(&directories, &filter, print_followed, &following);
    } else if (status == VERB_OK) {
        status = list(settings, &how, &filter, &directories);
    }
    directories_clear(&directories);
    return status;
}

const struct verb verbs_list_verb = {
    .name = "list",
    .operands = "[DIR|FILE]...",
    .summary = "one line per crash, newest last",
    .about =
        "Lists the crashes in the crash directory DIR and its per-user subdirectories, newest last. Several directories, "
        "bundles and files of other programs' events (NAME.ndjson, also beside bundles) are listed together. "
        "EVENT says what happened: 'crash' killed the process, 'contained' ended only one thread, 'exit' means that the process ended itself, or a signal of CRUMPLE_SIGNALS ended it, 'died' is an end that crumple-run saw from outside: a kill, lack of memory, a status, a failed start, 'dump' that the process was captured and goes on, 'logged' that the server has only logged an error, and lives. "
        "After a death, 'restarted' says that crumple-run has started the server again, and 'restart_limit' that it does so no more. "
        "A process that lives on after a contained fault is named as wounded, on stderr. "
        "'pending' is a crash whose bundle is not written yet; 'damaged' is an incomplete bundle. "
        "On a terminal, columns fit its width.",
    .examples =
        (const struct verb_example[]){
            {"crumple list -n 20", "the 20 newest crashes"},
            {"crumple list --since 2h --exe 'redis*'", "crashes of redis in the last two hours"},
            {"crumple list -f", "new crashes as they come"},
            {"crumple list --event contained", "faults that ended only their thread"},
            {"crumple list --where match_id=42 client/ server/", "both sides of one match, by its tag"},
            {"crumple list --json /mnt/crash | jq -r .signature", "for programs: one JSON object per line"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "At least one crash was listed, and all files could be read."},
            {VERB_NOTHING, "Nothing matched."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED, "A DIR or a file in it is unreadable or damaged; the rest was listed."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = CONFINE_PATHS_MAX,
    .run = run,
};
