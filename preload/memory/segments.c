/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "memory/segments.h"

#include <errno.h>

#define PAGE 4096
/* A program header costs 56 bytes: a gap up to that size is cheaper inside a segment than between two. */
#define MERGE_GAP  56
#define ZEROS_MAX  1024
#define HIDDEN_MAX 2048

int safe_segments_open(struct safe_segments *list, uint32_t capacity, struct safe_scratch *scratch)
{
    *list = (struct safe_segments){.capacity = capacity};
    list->segment = safe_scratch_take(scratch, capacity * sizeof *list->segment);
    list->zero = safe_scratch_take(scratch, ZEROS_MAX * sizeof *list->zero);
    list->hidden = safe_scratch_take(scratch, HIDDEN_MAX * sizeof *list->hidden);
    return list->segment && list->zero && list->hidden ? 0 : -ENOMEM;
}

void safe_segments_hide(struct safe_segments *list, uint64_t start, uint64_t end)
{
    if (start >= end)
        return;
    if (list->hidden_count && list->hidden[list->hidden_count - 1].end == start)
        list->hidden[list->hidden_count - 1].end = end;
    else if (list->hidden_count < HIDDEN_MAX)
        list->hidden[list->hidden_count++] = (struct safe_segment){start, end};
    else
        list->hidden_overflow = true;
}

void safe_segments_add(struct safe_segments *list, uint64_t start, uint64_t end)
{
    if (start >= end)
        return;
    if (list->count == list->capacity) {
        list->overflow = true;
        return;
    }
    list->segment[list->count++] = (struct safe_segment){start, end};
}

void safe_segments_add_zero(struct safe_segments *list, uint64_t start, uint64_t end)
{
    if (start < end && list->zero_count < ZEROS_MAX)
        list->zero[list->zero_count++] = (struct safe_segment){start, end};
}

void safe_segments_add_mapped(struct safe_segments *list, const struct safe_maps *maps, uint64_t at,
                              uint64_t start, uint64_t end)
{
    const struct safe_map *map = safe_maps_find(maps, at);
    if (!map || !map->readable)
        return;
    safe_segments_add(list, start > map->start ? start : map->start, end < map->end ? end : map->end);
}

static void sift_down(struct safe_segment *s, uint32_t root, uint32_t n)
{
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= n)
            return;
        if (child + 1 < n && s[child + 1].start > s[child].start)
            child++;
        if (s[root].start >= s[child].start)
            return;
        struct safe_segment swap = s[root];
        s[root] = s[child];
        s[child] = swap;
        root = child;
    }
}

/* Heapsort: no recursion, no worst case. */
static void sort(struct safe_segment *s, uint32_t n)
{
    for (uint32_t i = n / 2; i > 0; i--)
        sift_down(s, i - 1, n);
    for (uint32_t i = n; i > 1; i--) {
        struct safe_segment top = s[0];
        s[0] = s[i - 1];
        s[i - 1] = top;
        sift_down(s, 0, i - 1);
    }
}

static bool joins(const struct safe_segment *a, const struct safe_segment *b)
{
    if (b->start <= a->end)
        return true;
    /* The bytes between exist for certain only within one page. */
    return b->start - a->end <= MERGE_GAP && (a->end - 1) / PAGE == b->start / PAGE;
}

/*
 * Takes what is hidden out of the merged list, in one pass over both. A hidden range makes one piece more at
 * most: the list moves to the end of its room, and what is left of it is written at the beginning.
 */
static void take_out_hidden(struct safe_segments *list)
{
    uint32_t room = list->capacity - list->count, h = 0, kept = 0;
    sort(list->hidden, list->hidden_count);
    if (room < list->hidden_count) {
        list->count = list->capacity - list->hidden_count;
        list->overflow = true;
        room = list->hidden_count;
    }
    for (uint32_t i = list->count; i > 0; i--)
        list->segment[room + i - 1] = list->segment[i - 1];
    for (uint32_t i = 0; i < list->count; i++) {
        struct safe_segment s = list->segment[room + i];
        while (h < list->hidden_count && list->hidden[h].end <= s.start)
            h++;
        while (h < list->hidden_count && list->hidden[h].start < s.end) {
            const struct safe_segment *hidden = &list->hidden[h];
            if (hidden->start > s.start)
                list->segment[kept++] = (struct safe_segment){s.start, hidden->start};
            if (hidden->end > s.start)
                s.start = hidden->end;
            if (hidden->end >= s.end)
                break;
            h++;
        }
        if (s.start < s.end)
            list->segment[kept++] = s;
    }
    list->count = kept;
}

void safe_segments_settle(struct safe_segments *list, uint32_t from)
{
    uint32_t kept = from;
    if (list->count <= from)
        return;
    sort(list->segment + from, list->count - from);
    for (uint32_t i = from + 1; i < list->count; i++) {
        struct safe_segment *last = &list->segment[kept];
        if (!joins(last, &list->segment[i]))
            list->segment[++kept] = list->segment[i];
        else if (list->segment[i].end > last->end)
            last->end = list->segment[i].end;
    }
    list->count = kept + 1;
}

void safe_segments_finish(struct safe_segments *list, uint32_t limit)
{
    uint32_t most = limit > list->hidden_count ? limit - list->hidden_count : 0;
    sort(list->zero, list->zero_count);
    if (!list->count)
        return;
    /* What was added last is what can be missed best: cut before sorting. */
    if (list->count > most) {
        list->count = most;
        list->overflow = true;
    }
    safe_segments_settle(list, 0);
    take_out_hidden(list);
}

/* Bytes that were captured come before zeros: a page may have been touched since it was looked at. */
bool safe_segments_next(const struct safe_segments *list, struct safe_segments_walk *walk,
                        struct safe_segment *ret_piece, bool *ret_zero)
{
    const struct safe_segment *next = walk->segment < list->count ? &list->segment[walk->segment] : NULL;
    while (walk->zero < list->zero_count && list->zero[walk->zero].end <= walk->at)
        walk->zero++;
    uint64_t start = walk->zero < list->zero_count ? list->zero[walk->zero].start : UINT64_MAX;
    if (start < walk->at)
        start = walk->at;
    *ret_zero = start != UINT64_MAX && (!next || start < next->start);
    if (*ret_zero) {
        uint64_t end = list->zero[walk->zero].end;
        *ret_piece = (struct safe_segment){start, next && next->start < end ? next->start : end};
    } else if (next) {
        *ret_piece = *next;
        walk->segment++;
    } else {
        return false;
    }
    walk->at = ret_piece->end;
    return true;
}
