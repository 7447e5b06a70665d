/* SPDX-License-Identifier: MIT */
/* crumple list: one crash a line, the newest last. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/confine.h"
#include "verbs/directory.h"
#include "verbs/filter.h"
#include "lookup/lookup.h"
#include "screen/out.h"
#include "screen/pager.h"
#include "read/report.h"
#include "read/running.h"
#include "screen/table.h"
#include "verbs/verbs.h"
#include "base/time.h"

struct settings {
    struct rows_filter filter;
    enum options_format format;
    bool reverse, paths, no_legend, no_pager;
    enum options_color color;
};

static const struct options_row options[] = {
    OPTIONS_TABLE_ROW(struct settings, format),
    OPTIONS_JSON_ROW(struct settings, format),
    {'n', "lines", "N", "Show only the N newest.", options_read_count,
     offsetof(struct settings, filter.most)},
    {'r', "reverse", NULL, "Show the newest first.", options_read_flag, offsetof(struct settings, reverse)},
    FILTER_OPTIONS(struct settings, filter),
    {0, "paths", NULL, "Show the path of each bundle instead of its id.", options_read_flag,
     offsetof(struct settings, paths)},
    {0, "no-legend", NULL, "Omit the header line.", options_read_flag, offsetof(struct settings, no_legend)},
    OPTIONS_COLOR_ROW(struct settings, color),
    OPTIONS_PAGER_ROW(struct settings, no_pager),
    {0, NULL, NULL, NULL, NULL, 0},
};

/* The last part of a path. */
static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash && slash[1] ? slash + 1 : path;
}

/* What adding a row takes. */
struct look {
    struct table *table;
    struct lookup *lookup; /* readable names in titles */
    struct out_colors colors;
    bool paths;
    const char *source; /* a column that tells where a row is from; NULL: all are from one place */
    bool has_places;    /* by the directory or file, else by the host */
};

#define COLUMNS_MAX 8

/* Whether the rows are of several hosts. */
static bool has_hosts(const struct rows *rows)
{
    const char *first = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        const char *host = report_string(rows->rows[i].json, "hostname");
        first = first ? first : host;
        if (host && strcmp(host, first) != 0)
            return true;
    }
    return false;
}

static int add_row(const struct look *look, const struct rows_row *row)
{
    char time[WHEN_TEXT_BYTES], pid[24] = "-", title[REPORT_REASON_BYTES + 32];
    const char *reason = report_string(row->json, "reason"), *state = rows_state_name(row->state);
    const char *const colors[] = {"", look->colors.warning, look->colors.bad, look->colors.bad, "", "", ""};
    const bool has_title =
        row->state == ROWS_PRESENT || row->state == ROWS_TOLD || row->state == ROWS_FOREIGN;
    const char *cells[COLUMNS_MAX];
    size_t count = 0;

    when_format_local(row->time_us, false, time);
    if (report_number(row->json, "pid", -1) >= 0)
        snprintf(pid, sizeof pid, "%lld", (long long)report_number(row->json, "pid", -1));
    snprintf(title, sizeof title, reason ? "%s: %s" : "%s", state, reason);
    cells[count++] = time;
    cells[count++] = report_string(row->json, "event");
    cells[count++] = report_string(row->json, "signal");
    cells[count++] = pid;
    if (look->source)
        cells[count++] = look->has_places ? row->from : report_string(row->json, "hostname");
    cells[count++] = base_name(report_string(row->json, "exe"));
    cells[count++] = has_title ? lookup_text(look->lookup, report_string(row->json, "title")) : title;
    cells[count++] = report_string(row->json, look->paths ? "path" : "id");
    return table_add(look->table, cells, colors[row->state]);
}

static int print_table(const struct rows *rows, const struct settings *settings, bool has_places)
{
    struct look look = {
        .lookup = lookup_new(),
        .colors = out_colors(settings->color),
        .paths = settings->paths,
        .source = has_places        ? "FROM"
                  : has_hosts(rows) ? "HOST"
                                    : NULL,
        .has_places = has_places,
    };
    const struct table_column all[COLUMNS_MAX] = {
        {.name = "TIME"},
        {.name = "EVENT", .luxury = true},
        {.name = "SIGNAL"},
        {.name = "PID", .right = true},
        {.name = look.source, .least = 8},
        {.name = "EXE", .least = 8},
        {.name = "TITLE", .least = 16},
        {.name = settings->paths ? "PATH" : "ID", .spare = !settings->paths},
    };
    struct table_column columns[COLUMNS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        if (all[i].name)
            columns[count++] = all[i];
    look.table = table_new(columns, count);
    int error = look.table && look.lookup ? 0 : -ENOMEM;
    const char *reason;

    for (size_t i = 0; error == 0 && i < rows->count; i++)
        error = lookup_add_text(look.lookup, report_string(rows->rows[i].json, "title"));
    if (error == 0)
        (void)lookup_run(look.lookup, true, &reason); /* titles are titles without it */
    for (size_t i = 0; error == 0 && i < rows->count; i++)
        error = add_row(&look, &rows->rows[settings->reverse ? rows->count - 1 - i : i]);
    if (error == 0 && rows->count > 0)
        table_print(look.table, out_terminal_width(), !settings->no_legend, &look.colors);
    lookup_free(look.lookup);
    table_free(look.table);
    return error;
}

/* The process of the row, a contained fault, runs still. */
static bool lives(const struct rows_row *row, const struct running *running)
{
    return row->is_wound && running_is_of(running, report_number(row->json, "pid", -1), row->time_us);
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
                (long long)pid, base_name(report_string(row->json, "exe")));
    }
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    const bool json = out_wants_json(settings->format);
    struct directories directories;
    struct rows rows = {0};
    struct running running = {0};
    if (!json)
        running_take(&running);
    pager_start(settings->no_pager);
    int status = directories_choose(operands, &directories);

    struct rows_filter filter = settings->filter;
    filter.restarts = filter.foreign = true;
    if (status == VERB_OK)
        status = directories_rows(&directories, &filter, &rows);
    if (status != VERB_OK)
        goto done;
    if (json) {
        for (size_t i = 0; i < rows.count; i++)
            out_json(rows.rows[settings->reverse ? rows.count - 1 - i : i].json, 0);
    } else if (print_table(&rows, settings, directories.count > 1) < 0) {
        say("out of memory");
        status = VERB_DAMAGED;
        goto done;
    }
    if (rows.counted > 0 && !json)
        say("%llu more without a bundle; 'crumple group %s%s' counts them", (unsigned long long)rows.counted,
            directories.items[0].path, directories.count > 1 ? " ..." : "");
    if (!json)
        tell_wounded(&rows, &running);
    status = directories_conclude(&directories, rows.count);
done:
    rows_clear(&rows);
    running_clear(&running);
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
