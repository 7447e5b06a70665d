/* SPDX-License-Identifier: MIT */
/* What members share: see rows/shared_values.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "rows/shared_values.h"

#define MEMBERS_MIN   3
#define MEMBERS_SHARE 0.9 /* of them have it */
#define LIFT          2   /* so much more often than the others */
#define KEYS_MAX      64  /* of one group */
#define NAME_BYTES    1024

/* Not those that a signature implies (signal, function), nor the program: the others are of the same. */
static const struct {
    const char *key, *member;
} fixed[] = {{"host", "hostname"}, {"build", "build_id"}};

/* A key of a group, and the one value that most members can have. */
struct tally {
    const char *key, *value;
    bool is_tag;
    uint64_t lead; /* first how far the value is ahead, then how many have it */
    uint64_t own;  /* how many of these are of the group's program */
};

struct tallies {
    struct tally items[KEYS_MAX];
    size_t count;
    const char *program; /* of the group's newest bundle: a signature can be that of several programs */
    bool is_own;         /* the row that is counted is of that program */
    uint64_t events, own_events; /* of the group, of which is known what they have */
};

/* Called for each key and value of a row. */
typedef void take_value(const char *key, bool is_tag, const char *value, uint64_t weight, void *context);

static void each_value(const struct rows_row *row, take_value *take, void *context)
{
    json_t *tags = json_object_get(row->json, "tags"), *value;
    const char *name;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        const char *text = report_string(row->json, fixed[i].member);
        if (text)
            take(fixed[i].key, false, text, row->count, context);
    }
    json_object_foreach(tags, name, value)
    {
        if (json_is_string(value))
            take(name, true, json_string_value(value), row->count, context);
    }
}

/* Whether it is known what the row has. */
static bool speaks(const struct rows_row *row)
{
    return row->state == ROWS_PRESENT || row->state == ROWS_FOREIGN ||
           (row->state == ROWS_COUNTED && json_is_object(json_object_get(row->json, "tags")));
}

static struct tally *tally_of(struct tallies *tallies, const char *key, bool is_tag)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (tallies->items[i].is_tag == is_tag && strcmp(tallies->items[i].key, key) == 0)
            return &tallies->items[i];
    return NULL;
}

/* Each event that has another value takes one away from the lead (Boyer and Moore's majority vote). */
static void vote(const char *key, bool is_tag, const char *value, uint64_t weight, void *context)
{
    struct tallies *tallies = context;
    struct tally *tally = tally_of(tallies, key, is_tag);

    if (!tally && tallies->count < KEYS_MAX)
        tallies->items[tallies->count++] = (struct tally){key, value, is_tag, weight, 0};
    else if (tally && strcmp(tally->value, value) == 0)
        tally->lead += weight;
    else if (tally && weight <= tally->lead)
        tally->lead -= weight;
    else if (tally)
        *tally = (struct tally){key, value, is_tag, weight - tally->lead, 0};
}

static void count_value(const char *key, bool is_tag, const char *value, uint64_t weight, void *context)
{
    struct tallies *tallies = context;
    struct tally *tally = tally_of(tallies, key, is_tag);

    if (!tally || strcmp(tally->value, value) != 0)
        return;
    tally->lead += weight;
    tally->own += tallies->is_own ? weight : 0;
}

static const char *program_of(const struct rows_row *row)
{
    const char *exe = report_string(row->json, "exe");

    return exe ? text_base_name(exe) : "";
}

static bool is_own(const struct rows_row *row, const struct tallies *tallies)
{
    return strcmp(program_of(row), tallies->program) == 0;
}

/* The values that so many members have. */
static void find_candidates(const struct group *group, struct tallies *tallies)
{
    size_t kept = 0;

    *tallies = (struct tallies){.program = program_of(groups_speaker(group))};
    for (size_t i = 0; i < group->row_count; i++) {
        const uint64_t count = speaks(group->rows[i]) ? group->rows[i]->count : 0;
        tallies->events += count;
        tallies->own_events += is_own(group->rows[i], tallies) ? count : 0;
    }
    if (tallies->events < MEMBERS_MIN)
        return;
    for (size_t i = 0; i < group->row_count; i++)
        if (speaks(group->rows[i]))
            each_value(group->rows[i], vote, tallies);
    for (size_t i = 0; i < tallies->count; i++)
        tallies->items[i].lead = 0;
    for (size_t i = 0; i < group->row_count; i++) {
        tallies->is_own = is_own(group->rows[i], tallies);
        if (speaks(group->rows[i]))
            each_value(group->rows[i], count_value, tallies);
    }
    for (size_t i = 0; i < tallies->count; i++)
        if ((double)tallies->items[i].lead >= MEMBERS_SHARE * (double)tallies->events)
            tallies->items[kept++] = tallies->items[i];
    tallies->count = kept;
}

/* How many events of a program have a value: a name in a json object. false: it is too long. */
static bool put_name(const char *program, const char *key, bool is_tag, const char *value,
                     char name[static NAME_BYTES])
{
    const int size = snprintf(name, NAME_BYTES, "%zu:%s%c%zu:%s=%s", strlen(program), program,
                              is_tag ? 't' : 'k', strlen(key), key, value);

    return size > 0 && size < NAME_BYTES;
}

/* The events of all rows that have a value somebody asks for. */
struct totals {
    json_t *counts; /* by name: integers */
    const char *program;
};

static void add_total(const char *key, bool is_tag, const char *value, uint64_t weight, void *context)
{
    const struct totals *totals = context;
    char name[NAME_BYTES];
    json_t *count =
        put_name(totals->program, key, is_tag, value, name) ? json_object_get(totals->counts, name) : NULL;

    if (count)
        json_integer_set(count, json_integer_value(count) + (json_int_t)weight);
}

/* -1: it was not counted, because its name is too long. */
static int64_t total_of(const json_t *counts, const char *program, const char *key, bool is_tag,
                        const char *value)
{
    char name[NAME_BYTES];

    return put_name(program, key, is_tag, value, name) ? json_integer_value(json_object_get(counts, name))
                                                       : -1;
}

static int want(json_t *counts, const struct tallies *tallies)
{
    const char *program = tallies->program;
    char name[NAME_BYTES];
    int error = 0;

    for (size_t i = 0; i < tallies->count; i++)
        if (put_name(program, tallies->items[i].key, tallies->items[i].is_tag, tallies->items[i].value, name))
            error |= json_object_set_new(counts, name, json_integer(0));
    if (put_name(program, "", false, "", name)) /* all events of the program */
        error |= json_object_set_new(counts, name, json_integer(0));
    return error ? -ENOMEM : 0;
}

static void add_totals(const struct rows *rows, json_t *counts)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct rows_row *row = &rows->rows[i];
        struct totals totals = {counts, program_of(row)};

        if (!speaks(row))
            continue;
        add_total("", false, "", row->count, &totals);
        each_value(row, add_total, &totals);
    }
}

/* Before those that are as rare come those that more members have. */
static bool is_better(const struct shared_value *a, const struct shared_value *b)
{
    return a->others != b->others ? a->others < b->others : a->members > b->members;
}

static void insert(struct shared_values *values, const struct shared_value *value)
{
    size_t at = values->count;

    while (at > 0 && is_better(value, &values->items[at - 1]))
        at--;
    if (at == SHARED_VALUES_MAX)
        return;
    if (values->count < SHARED_VALUES_MAX)
        values->count++;
    memmove(&values->items[at + 1], &values->items[at], (values->count - at - 1) * sizeof *value);
    values->items[at] = *value;
}

static void compare(const struct tallies *tallies, const json_t *counts, struct shared_values *ret)
{
    const char *program = tallies->program;
    const int64_t all = total_of(counts, program, "", false, ""), own = (int64_t)tallies->own_events;

    for (size_t i = 0; all > own && i < tallies->count; i++) {
        const struct tally *tally = &tallies->items[i];
        struct shared_value value = {tally->key, tally->is_tag, tally->value, 0, 0};
        const int64_t total = total_of(counts, program, tally->key, tally->is_tag, tally->value);

        if (total < 0)
            continue;
        value.members = (double)tally->lead / (double)tallies->events;
        value.others = (double)(total - (int64_t)tally->own) / (double)(all - own);
        if (value.others * LIFT <= value.members)
            insert(ret, &value);
    }
}

int shared_values_find(const struct rows *rows, const struct group *groups, size_t count,
                       struct shared_values *ret)
{
    json_t *counts = json_object();
    struct tallies tallies;
    int error = counts ? 0 : -ENOMEM;

    for (size_t i = 0; error == 0 && i < count; i++) {
        ret[i].count = 0;
        find_candidates(&groups[i], &tallies);
        error = want(counts, &tallies);
    }
    if (error == 0)
        add_totals(rows, counts);
    for (size_t i = 0; error == 0 && i < count; i++) {
        find_candidates(&groups[i], &tallies);
        compare(&tallies, counts, &ret[i]);
    }
    json_decref(counts);
    return error;
}
