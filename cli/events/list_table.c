/* SPDX-License-Identifier: MIT */
/* Rows for people: see events/list_table.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "lookup/lookup.h"
#include "read/report.h"
#include "screen/table.h"
#include "events/list_table.h"

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
    const char *last;   /* the member of the last column; NULL: there is none */
    const char *source; /* a column that tells where a row is from; NULL: all are from one place */
    size_t from_skip;   /* of a directory's path */
    bool has_places;    /* by the directory or file, else by the host */
};

#define COLUMNS_MAX 8

/* Of columns whose rows come one by one. */
enum { EVENT_ROOM = 9, SIGNAL_ROOM = 7, PID_ROOM = 7, EXE_ROOM = 12 };

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
        cells[count++] =
            look->has_places ? row->from + look->from_skip : report_string(row->json, "hostname");
    cells[count++] = base_name(report_string(row->json, "exe"));
    cells[count++] = has_title ? lookup_text(look->lookup, report_string(row->json, "title")) : title;
    if (look->last)
        cells[count++] = report_string(row->json, look->last);
    return table_add(look->table, cells, colors[row->state]);
}

int list_table_print(const struct rows *rows, const struct list_table *how)
{
    struct look look = {
        .lookup = lookup_new(),
        .colors = out_colors(how->color),
        .last = how->paths     ? "path"
                : how->is_wide ? NULL
                               : "id",
        .source = how->has_places                    ? "FROM"
                  : has_hosts(rows) && !how->is_wide ? "HOST"
                                                     : NULL,
        .has_places = how->has_places,
        .from_skip = how->from_skip,
    };
    const struct table_column all[COLUMNS_MAX] = {
        {.name = "TIME"},
        {.name = "EVENT", .luxury = true, .room = how->is_wide ? EVENT_ROOM : 0},
        {.name = "SIGNAL", .luxury = true, .room = how->is_wide ? SIGNAL_ROOM : 0},
        {.name = "PID", .right = true, .room = how->is_wide ? PID_ROOM : 0},
        {.name = look.source, .least = 8},
        {.name = "EXE", .least = 8, .room = how->is_wide ? EXE_ROOM : 0},
        {.name = "TITLE", .least = 28},
        {.name = how->paths     ? "PATH"
                 : how->is_wide ? NULL
                                : "ID",
         .spare = !how->paths},
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
        error = add_row(&look, &rows->rows[how->reverse ? rows->count - 1 - i : i]);
    if (error == 0 && rows->count > 0)
        table_print(look.table, out_terminal_width(), how->legend, &look.colors);
    lookup_free(look.lookup);
    table_free(look.table);
    return error;
}
