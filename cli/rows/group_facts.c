/* SPDX-License-Identifier: MIT */
/* Groups as JSON: see rows/group_facts.h. */
#include "base/time.h"
#include "rows/group_facts.h"

#define PATHS_MAX 5

static json_t *time_of(int64_t us)
{
    char time[WHEN_TEXT_BYTES];

    when_format(us, time);
    return json_string(time);
}

static json_t *paths_of(const struct group *group)
{
    json_t *paths = json_array();

    for (size_t i = group->row_count; i > 0 && json_array_size(paths) < PATHS_MAX; i--)
        if (group->rows[i - 1]->state == ROWS_PRESENT)
            json_array_append(paths, json_object_get(group->rows[i - 1]->json, "path"));
    return paths;
}

static json_t *trend_of(const struct group *group)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < GROUP_TREND_CELLS; i++)
        json_array_append_new(cells, json_integer((json_int_t)group->trend[i]));
    return cells;
}

static json_t *shared_of(const struct shared_values *shared)
{
    json_t *all = json_array();

    for (size_t i = 0; i < shared->count; i++) {
        const struct shared_value *value = &shared->items[i];

        json_array_append_new(all, json_pack("{s:s, s:b, s:s, s:f, s:f}", "key", value->key, "tag",
                                             value->is_tag, "value", value->value, "members", value->members,
                                             "others", value->others));
    }
    return all;
}

json_t *group_facts(const struct group *group, const struct shared_values *shared)
{
    json_t *facts = json_copy(groups_speaker(group)->json);
    json_t *more = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:o, s:o}", "count", (json_int_t)group->count,
        "contained", (json_int_t)group->contained, "rewound", (json_int_t)group->rewound, "fatal",
        (json_int_t)group->fatal, "counted", (json_int_t)group->counted, "first", time_of(group->first_us),
        "last", time_of(groups_newest(group)->time_us), "builds",
        (json_int_t)groups_distinct(group, "build_id"), "hosts",
        (json_int_t)groups_distinct(group, "hostname"), "paths", paths_of(group), "trend", trend_of(group));
    int error = !facts || !more || json_object_update(facts, more) < 0;

    if (!error && shared)
        error = json_object_set_new(facts, "shared", shared_of(shared)) < 0;
    json_decref(more);
    if (!error)
        return facts;
    json_decref(facts);
    return NULL;
}
