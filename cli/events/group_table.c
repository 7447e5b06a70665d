/* SPDX-License-Identifier: MIT */
/* Groups of equal events, for people: see events/group_table.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "lookup/lookup.h"
#include "read/report.h"
#include "rows/group_id.h"
#include "screen/spark.h"
#include "screen/table.h"
#include "events/group_table.h"

/* What leaves a narrow terminal first stands last. */
static const struct table_column all_columns[] = {
    {.name = "GROUP"},
    {.name = "COUNT", .right = true},
    {.name = "TREND", .luxury = true},
    {.name = "CONTAINED", .right = true, .luxury = true},
    {.name = "REWOUND", .right = true, .luxury = true}, /* only where there are any */
    {.name = "FIRST", .luxury = true},
    {.name = "LAST"},
    {.name = "BUILDS", .right = true, .luxury = true},
    {.name = "HOSTS", .right = true, .luxury = true},
    {.name = "SIGNAL", .luxury = true},
    {.name = "SIGNATURE", .least = 32},
};
enum { COLUMNS = sizeof all_columns / sizeof all_columns[0], COLUMN_REWOUND = 4 };

/* What a group is called: its signature, or a title. */
static const char *name_of(const struct group *group)
{
    return group_name(groups_speaker(group)->json);
}

/* Never 0 % or 100 % of what is only nearly so. */
static void put_percent(uint64_t part, uint64_t all, char text[static 8])
{
    const unsigned rounded = (unsigned)((double)part * 100 / (double)(all ? all : 1) + 0.5);

    snprintf(text, 8, "%u%%", part && !rounded ? 1 : part < all && rounded >= 100 ? 99 : rounded);
}

/* What a line is made of. */
struct line {
    struct table *table;
    const struct lookup *lookup;
    bool has_rewound;
};

static int add_group(const struct line *line, const struct group *group)
{
    char count[24], contained[8], rewound[8], builds[24], hosts[24];
    char trend[GROUP_TREND_CELLS * SPARK_CELL_BYTES], first[WHEN_TEXT_BYTES], last[WHEN_TEXT_BYTES];
    const json_t *json = groups_speaker(group)->json;
    const char *cells[COLUMNS] = {report_string(json, "group"),
                                  count,
                                  trend,
                                  contained,
                                  rewound,
                                  first,
                                  last,
                                  builds,
                                  hosts,
                                  report_string(json, "signal"),
                                  lookup_text(line->lookup, name_of(group))};

    snprintf(count, sizeof count, "%llu", (unsigned long long)group->count);
    spark_put(group->trend, GROUP_TREND_CELLS, trend);
    put_percent(group->contained, group->count, contained);
    put_percent(group->rewound, group->count, rewound);
    snprintf(builds, sizeof builds, "%zu", groups_distinct(group, "build_id"));
    snprintf(hosts, sizeof hosts, "%zu", groups_distinct(group, "hostname"));
    when_format_local(group->first_us, true, first);
    when_format_local(groups_newest(group)->time_us, true, last);
    if (!line->has_rewound)
        memmove(cells + COLUMN_REWOUND, cells + COLUMN_REWOUND + 1,
                (COLUMNS - COLUMN_REWOUND - 1) * sizeof *cells);
    return table_add(line->table, cells, "");
}

/* The columns that are wanted. Returns how many. */
static size_t choose_columns(bool has_rewound, struct table_column ret_columns[static COLUMNS])
{
    size_t count = 0;

    for (size_t i = 0; i < COLUMNS; i++)
        if (i != COLUMN_REWOUND || has_rewound)
            ret_columns[count++] = all_columns[i];
    return count;
}

int group_table_print(const struct group_by *how, const struct group *groups, size_t count)
{
    const struct out_colors colors = out_colors(how->color);
    struct table_column columns[COLUMNS];
    struct lookup *lookup = lookup_new();
    struct line line = {.lookup = lookup};
    const char *reason;

    for (size_t i = 0; i < count; i++)
        line.has_rewound |= groups[i].rewound > 0;
    line.table = table_new(columns, choose_columns(line.has_rewound, columns));
    int error = line.table && lookup ? 0 : -ENOMEM;
    for (size_t i = 0; error == 0 && i < count; i++)
        error = lookup_add_text(lookup, name_of(&groups[i]));
    if (error == 0)
        (void)lookup_run(lookup, true, &reason); /* signatures are signatures without it */
    for (size_t i = 0; error == 0 && i < count; i++)
        error = add_group(&line, &groups[how->reverse ? count - 1 - i : i]);
    if (error == 0 && count > 0)
        table_print(line.table, out_terminal_width(), how->legend, &colors);
    lookup_free(lookup);
    table_free(line.table);
    return error;
}
