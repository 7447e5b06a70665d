/* SPDX-License-Identifier: MIT */
#include "report/routine_counts.h"

#include <stdlib.h>

#include "base/json.h"
#include "report/routine_json.h"

#define ROUTINES_MAX 16

struct entry {
    const struct place *place; /* NULL: not known */
    uint64_t address;          /* of its function */
    size_t count;
};

static int by_address(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static int by_count(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return by_address(left, right);
}

/* Makes one entry of equal ones. Returns their number. */
static size_t join(struct entry *all, size_t count)
{
    size_t joined = 0;
    qsort(all, count, sizeof *all, by_address);
    for (size_t i = 0; i < count; i++)
        if (joined && all[joined - 1].address == all[i].address)
            all[joined - 1].count++;
        else
            all[joined++] = all[i];
    qsort(all, joined, sizeof *all, by_count);
    return joined;
}

void routine_counts_json(const struct crash *crash, struct buffer *out)
{
    const size_t count = crash->notes.thread_count;
    struct entry *all = crash->routine_places ? calloc(count + 1, sizeof *all) : NULL;
    if (!all)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct place *place = routine_find(crash, i);
        all[i] = (struct entry){place, !place ? 0 : place->function ? place->function_address : place->pc, 1};
    }
    const size_t joined = join(all, count);
    json_open(out, "routines", '[');
    for (size_t i = 0; i < joined && i < ROUTINES_MAX; i++) {
        json_open(out, NULL, '{');
        routine_json_name(all[i].place, out);
        json_number(out, "count", (int64_t)all[i].count);
        json_close(out, '}');
    }
    json_close(out, ']');
    free(all);
}
