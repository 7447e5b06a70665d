/* SPDX-License-Identifier: MIT */
/* Ranking groups: see rows/group_rank.h. */
#include <stdlib.h>
#include <string.h>

#include "rows/group_rank.h"

struct group_span group_span_of(const struct rows *rows, const struct rows_filter *filter, int64_t now_us)
{
    struct group_span span = {filter->since_us, filter->until_us};

    for (size_t i = 0; i < rows->count && !filter->since_us; i++)
        if (i == 0 || rows->rows[i].time_us < span.begin_us)
            span.begin_us = rows->rows[i].time_us;
    if (filter->since_us && !filter->until_us)
        span.end_us = now_us;
    for (size_t i = 0; i < rows->count && !filter->since_us && !filter->until_us; i++)
        if (i == 0 || rows->rows[i].time_us > span.end_us)
            span.end_us = rows->rows[i].time_us;
    return span;
}

/* Doubles, because the difference of two hostile times may not fit into their type. */
static size_t cell_of(int64_t time_us, const struct group_span *span)
{
    const double length = (double)span->end_us - (double)span->begin_us + 1;
    const double at = ((double)time_us - (double)span->begin_us) / length * GROUP_TREND_CELLS;

    return at < 0 || length < 1 ? 0 : at >= GROUP_TREND_CELLS ? GROUP_TREND_CELLS - 1 : (size_t)at;
}

void groups_set_trends(struct group *groups, size_t count, const struct group_span *span)
{
    for (size_t i = 0; i < count; i++) {
        memset(groups[i].trend, 0, sizeof groups[i].trend);
        for (size_t k = 0; k < groups[i].row_count; k++)
            groups[i].trend[cell_of(groups[i].rows[k]->time_us, span)] += groups[i].rows[k]->count;
    }
}

int64_t group_growth(const struct group *group)
{
    int64_t growth = 0;

    for (size_t i = 0; i < GROUP_TREND_CELLS; i++)
        growth += i < GROUP_TREND_CELLS / 2 ? -(int64_t)group->trend[i] : (int64_t)group->trend[i];
    return growth;
}

/* Negative: the first is the greater one, which comes first. */
static int compare(int64_t a, int64_t b)
{
    return a > b ? -1 : a < b;
}

static int compare_recent(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    const int order = compare(groups_newest(x)->time_us, groups_newest(y)->time_us);

    return order ? order : groups_compare(a, b);
}

static int compare_growth(const void *a, const void *b)
{
    const int order = compare(group_growth(a), group_growth(b));

    return order ? order : groups_compare(a, b);
}

static int compare_first(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    const int order = compare(x->first_us, y->first_us);

    return order ? order : groups_compare(a, b);
}

void groups_sort(struct group *groups, size_t count, enum group_order order)
{
    static int (*const orders[])(const void *, const void *) = {
        [GROUP_BY_COUNT] = groups_compare,
        [GROUP_BY_RECENT] = compare_recent,
        [GROUP_BY_GROWTH] = compare_growth,
        [GROUP_BY_FIRST] = compare_first,
    };

    if (count > 1)
        qsort(groups, count, sizeof *groups, orders[order]);
}
