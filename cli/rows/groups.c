/* SPDX-License-Identifier: MIT */
/* Rows by a value: see rows/groups.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "rows/group_id.h"
#include "rows/groups.h"

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

/* 'rewound' is of a later version. */
static bool ends_the_process(const char *event)
{
    return strcmp(event, "crash") == 0 || strcmp(event, "exit") == 0 || strcmp(event, "died") == 0;
}

static void add_to_group(struct group *group, const struct rows_row *row)
{
    const char *event = report_string(row->json, "event");

    if (group->row_count++ == 0 || row->time_us < group->first_us)
        group->first_us = row->time_us;
    group->count += row->count;
    if (row->state == ROWS_COUNTED)
        group->counted += row->count;
    if (!event)
        return;
    group->contained += strcmp(event, "contained") == 0 ? row->count : 0;
    group->rewound += strcmp(event, "rewound") == 0 ? row->count : 0;
    group->fatal += ends_the_process(event) ? row->count : 0;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t groups_distinct(const struct group *group, const char *member)
{
    const char **texts = calloc(group->row_count + 1, sizeof *texts);
    size_t count = 0, distinct = 0;

    for (size_t i = 0; texts && i < group->row_count; i++) {
        const char *text = report_string(group->rows[i]->json, member);
        if (text)
            texts[count++] = text;
    }
    if (texts)
        qsort(texts, count, sizeof *texts, compare_texts);
    for (size_t i = 0; texts && i < count; i++)
        distinct += i == 0 || strcmp(texts[i - 1], texts[i]) != 0;
    free(texts);
    return distinct;
}

static const char *value_of(const struct rows_row *row, const struct where_key *by)
{
    return by ? where_value(by, row->json) : group_name(row->json);
}

/* A comparison of qsort_r. */
static int compare_values(const void *a, const void *b, void *by)
{
    const struct rows_row *x = *(const struct rows_row *const *)a, *y = *(const struct rows_row *const *)b;
    int order = strcmp(value_of(x, by), value_of(y, by));

    if (order != 0 || x->time_us == y->time_us)
        return order;
    return x->time_us < y->time_us ? -1 : 1;
}

int groups_compare(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    if (x->side_count != y->side_count)
        return x->side_count > y->side_count ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (groups_newest(x)->time_us != groups_newest(y)->time_us)
        return groups_newest(x)->time_us > groups_newest(y)->time_us ? -1 : 1;
    return strcmp(x->value, y->value);
}

size_t groups_sides(const struct group *group, struct group_side ret_sides[static GROUPS_SIDES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < group->row_count; i++) {
        const char *path = report_string(group->rows[i]->json, "exe"),
                   *exe = path ? text_base_name(path) : "-";
        size_t at = 0;
        while (at < count && strcmp(ret_sides[at].exe, exe) < 0)
            at++;
        if (at == count || strcmp(ret_sides[at].exe, exe) != 0) {
            if (count == GROUPS_SIDES_MAX)
                at = count - 1;
            else {
                memmove(ret_sides + at + 1, ret_sides + at, (count++ - at) * sizeof *ret_sides);
                ret_sides[at] = (struct group_side){exe, 0};
            }
        }
        ret_sides[at].count += group->rows[i]->count;
    }
    return count;
}

static bool is_groupable(const struct rows_row *row, const struct where_key *by)
{
    return (row->state == ROWS_PRESENT || row->state == ROWS_COUNTED || row->state == ROWS_FOREIGN) &&
           value_of(row, by);
}

int groups_make(const struct rows *rows, const struct where_key *by, const struct rows_row ***ret_sorted,
                struct group **ret_groups, size_t *ret_count)
{
    const struct rows_row **sorted = calloc(rows->count + 1, sizeof *sorted);
    struct group *groups = calloc(rows->count + 1, sizeof *groups);
    struct group_side sides[GROUPS_SIDES_MAX];
    size_t present = 0, count = 0;

    *ret_sorted = sorted;
    *ret_groups = groups;
    if (!sorted || !groups)
        return -ENOMEM;
    for (size_t i = 0; i < rows->count; i++)
        if (is_groupable(&rows->rows[i], by))
            sorted[present++] = &rows->rows[i];
    qsort_r(sorted, present, sizeof *sorted, compare_values, (void *)by);
    for (size_t i = 0; i < present; i++) {
        const char *value = value_of(sorted[i], by);
        if (i == 0 || strcmp(groups[count - 1].value, value) != 0)
            groups[count++] = (struct group){.value = value, .rows = &sorted[i]};
        add_to_group(&groups[count - 1], sorted[i]);
    }
    for (size_t i = 0; by && i < count; i++)
        groups[i].side_count = groups_sides(&groups[i], sides);
    qsort(groups, count, sizeof *groups, groups_compare);
    *ret_count = count;
    return 0;
}
