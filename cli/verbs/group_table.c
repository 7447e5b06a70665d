/* SPDX-License-Identifier: MIT */
/* Groups of equal events, for people: see verbs/group_table.h. */
#include <errno.h>
#include <stdio.h>

#include "base/time.h"
#include "lookup/lookup.h"
#include "read/report.h"
#include "rows/group_id.h"
#include "screen/table.h"
#include "verbs/group_table.h"

static const struct table_column columns[] = {
    {.name = "GROUP"},
    {.name = "COUNT", .right = true},
    {.name = "CONTAINED", .right = true, .luxury = true},
    {.name = "FIRST"},
    {.name = "LAST"},
    {.name = "SIGNAL"},
    {.name = "SIGNATURE", .least = 24},
};

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

int group_table_print(const struct group_by *how, const struct group *groups, size_t count)
{
    const struct out_colors colors = out_colors(how->color);
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
    struct lookup *lookup = lookup_new();
    int error = table && lookup ? 0 : -ENOMEM;
    const char *reason;

    for (size_t i = 0; error == 0 && i < count; i++)
        error = lookup_add_text(lookup, name_of(&groups[i]));
    if (error == 0)
        (void)lookup_run(lookup, true, &reason); /* signatures are signatures without it */
    for (size_t i = 0; error == 0 && i < count; i++)
        error = add_group(table, lookup, &groups[how->reverse ? count - 1 - i : i]);
    if (error == 0 && count > 0)
        table_print(table, out_terminal_width(), how->legend, &colors);
    lookup_free(lookup);
    table_free(table);
    return error;
}
