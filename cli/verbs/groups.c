/* SPDX-License-Identifier: MIT */
/* Rows by signature: see verbs/groups.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read/report.h"
#include "verbs/groups.h"

const char *groups_signature(const struct rows_row *row)
{
    const char *signature = report_string(row->json, "signature");
    const char *title = report_string(row->json, "title");

    return signature ? signature : title ? title : "";
}

const struct rows_row *groups_newest(const struct group *group)
{
    return group->rows[group->row_count - 1];
}

const struct rows_row *groups_speaker(const struct group *group)
{
    for (size_t i = group->row_count; i > 0; i--)
        if (group->rows[i - 1]->state == ROWS_PRESENT)
            return group->rows[i - 1];
    return groups_newest(group);
}

static void add_to_group(struct group *group, const struct rows_row *row)
{
    const char *event = report_string(row->json, "event");

    if (group->row_count++ == 0 || row->time_us < group->first_us)
        group->first_us = row->time_us;
    group->count += row->count;
    if (event && strcmp(event, "contained") == 0)
        group->contained += row->count;
    if (row->state == ROWS_COUNTED)
        group->counted += row->count;
}

static int compare_signatures(const void *a, const void *b)
{
    const struct rows_row *x = *(const struct rows_row *const *)a, *y = *(const struct rows_row *const *)b;
    int order = strcmp(groups_signature(x), groups_signature(y));

    if (order != 0 || x->time_us == y->time_us)
        return order;
    return x->time_us < y->time_us ? -1 : 1;
}

/* The most frequent first, among equals the latest. */
static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (groups_newest(x)->time_us != groups_newest(y)->time_us)
        return groups_newest(x)->time_us > groups_newest(y)->time_us ? -1 : 1;
    return compare_signatures(&x->rows[0], &y->rows[0]);
}

int groups_make(const struct rows *rows, const struct rows_row ***ret_sorted, struct group **ret_groups,
                size_t *ret_count)
{
    const struct rows_row **sorted = calloc(rows->count + 1, sizeof *sorted);
    struct group *groups = calloc(rows->count + 1, sizeof *groups);
    size_t present = 0, count = 0;

    *ret_sorted = sorted;
    *ret_groups = groups;
    if (!sorted || !groups)
        return -ENOMEM;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->rows[i].state == ROWS_PRESENT || rows->rows[i].state == ROWS_COUNTED)
            sorted[present++] = &rows->rows[i];
    qsort(sorted, present, sizeof *sorted, compare_signatures);
    for (size_t i = 0; i < present; i++) {
        if (i == 0 || strcmp(groups_signature(sorted[i - 1]), groups_signature(sorted[i])) != 0)
            groups[count++].rows = &sorted[i];
        add_to_group(&groups[count - 1], sorted[i]);
    }
    qsort(groups, count, sizeof *groups, compare_groups);
    *ret_count = count;
    return 0;
}
