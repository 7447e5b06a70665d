/* SPDX-License-Identifier: MIT */
/* Groups against a build: see rows/group_builds.h. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "rows/group_builds.h"

static const char *const tags[] = {"version", "build"};
#define TAGS (sizeof tags / sizeof tags[0])

bool group_build_is(const json_t *row, const char *build)
{
    const char *id = report_string(row, "build_id");
    const json_t *of = json_object_get(row, "tags");

    for (size_t i = 0; i < TAGS; i++) {
        const char *value = report_string(of, tags[i]);
        if (value && strcmp(value, build) == 0)
            return true;
    }
    return id && (strcmp(id, build) == 0 ||
                  (strlen(build) >= GROUP_BUILD_MIN && strncmp(id, build, strlen(build)) == 0));
}

/* What a row's build is called, or NULL. */
static const char *label_of(const json_t *row)
{
    const json_t *of = json_object_get(row, "tags");

    for (size_t i = 0; i < TAGS; i++) {
        const char *value = report_string(of, tags[i]);
        if (value && *value) /* a tag that is set to nothing names no build */
            return value;
    }
    return report_string(row, "build_id");
}

static const char *program_of(const json_t *row)
{
    const char *exe = report_string(row, "exe");

    return exe ? text_base_name(exe) : "";
}

/* Whether the group has events of the build, and of other ones. */
struct builds {
    bool has_this, has_others;
};

static struct builds builds_of(const struct group *group, const char *build)
{
    struct builds builds = {0};

    for (size_t i = 0; i < group->row_count && !(builds.has_this && builds.has_others); i++) {
        const json_t *row = group->rows[i]->json;
        const bool is_this = group_build_is(row, build);

        builds.has_this |= is_this;
        builds.has_others |= !is_this && label_of(row);
    }
    return builds;
}

size_t groups_keep_new(struct group *groups, size_t count, const char *build)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct builds builds = builds_of(&groups[i], build);
        if (builds.has_this && !builds.has_others)
            groups[kept++] = groups[i];
    }
    return kept;
}

/* The programs that have events of the build: members of an object; NULL: memory is short. */
static json_t *programs_of(const struct group *groups, size_t count, const char *build)
{
    json_t *programs = json_object();
    int error = programs ? 0 : -1;

    for (size_t i = 0; error == 0 && i < count; i++)
        for (size_t k = 0; error == 0 && k < groups[i].row_count; k++)
            if (group_build_is(groups[i].rows[k]->json, build))
                error = json_object_set_new(programs, program_of(groups[i].rows[k]->json), json_true());
    if (error == 0)
        return programs;
    json_decref(programs);
    return NULL;
}

static bool has_program(const struct group *group, const json_t *programs)
{
    for (size_t i = 0; i < group->row_count; i++)
        if (label_of(group->rows[i]->json) && json_object_get(programs, program_of(group->rows[i]->json)))
            return true;
    return false;
}

int groups_keep_gone(struct group *groups, size_t count, const char *build, size_t *ret_kept)
{
    json_t *programs = programs_of(groups, count, build);
    size_t kept = 0;

    if (!programs)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct builds builds = builds_of(&groups[i], build);
        if (!builds.has_this && builds.has_others && has_program(&groups[i], programs))
            groups[kept++] = groups[i];
    }
    json_decref(programs);
    *ret_kept = kept;
    return 0;
}

uint64_t groups_count_build(const struct group *groups, size_t count, const char *build)
{
    uint64_t events = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < groups[i].row_count; k++)
            events += group_build_is(groups[i].rows[k]->json, build) ? groups[i].rows[k]->count : 0;
    return events;
}

size_t groups_newest_builds(const struct rows *rows, const char *ret_builds[static GROUP_BUILDS_LABELS])
{
    size_t count = 0;

    for (size_t i = rows->count; i > 0 && count < GROUP_BUILDS_LABELS; i--) {
        const char *label = label_of(rows->rows[i - 1].json);
        bool is_known = !label;

        for (size_t k = 0; k < count && !is_known; k++)
            is_known = strcmp(ret_builds[k], label) == 0;
        if (!is_known)
            ret_builds[count++] = label;
    }
    return count;
}
