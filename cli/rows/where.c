/* SPDX-License-Identifier: MIT */
/* Keys and conditions: see rows/where.h. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "rows/group_builds.h"
#include "rows/where.h"

#define TAG_PREFIX "tag:"

#define KEY(name, member) {name, member},
static const struct {
    const char *name, *member;
} keys[] = {WHERE_KEYS(KEY)};

const char *where_tag_prefix(const char *tag)
{
    bool is_key = false;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        is_key |= strcmp(keys[i].name, tag) == 0;
    return is_key ? TAG_PREFIX : "";
}

static int read_key(const char *word, size_t size, struct where_key *ret_key)
{
    const size_t prefix = strlen(TAG_PREFIX);
    struct where_key key = {0};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strlen(keys[i].name) == size && memcmp(keys[i].name, word, size) == 0)
            key.member = keys[i].member;
    if (size > prefix && memcmp(word, TAG_PREFIX, prefix) == 0) {
        word += prefix;
        size -= prefix;
    }
    if (size == 0 || size >= sizeof key.tag)
        return -EINVAL;
    memcpy(key.tag, word, size);
    *ret_key = key;
    return 0;
}

int where_read_key(const char *word, void *ret)
{
    return read_key(word, strlen(word), ret);
}

int where_read(const char *argument, void *ret)
{
    struct where *where = ret;
    const char *equals = strchr(argument, '=');

    if (!equals || where->count == WHERE_MAX)
        return -EINVAL;
    struct where_condition *condition = &where->conditions[where->count];
    int error = read_key(argument, (size_t)(equals - argument), &condition->key);
    if (error == 0) {
        condition->glob = equals + 1;
        where->count++;
    }
    return error;
}

const char *where_value(const struct where_key *key, const json_t *row)
{
    if (!key->member)
        return report_string(json_object_get(row, "tags"), key->tag);
    const char *value = report_string(row, key->member);
    return value && strcmp(key->member, "exe") == 0 ? text_base_name(value) : value;
}

/* One of the functions that the signature names, which are its parts after the kind. */
static bool has_function(const char *signature, const char *glob)
{
    static const char between[] = " | ";
    char name[1024];

    for (const char *at = signature ? strstr(signature, between) : NULL; at; at = strstr(at, between)) {
        at += strlen(between);
        const char *end = strstr(at, between);
        snprintf(name, sizeof name, "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
        if (fnmatch(glob, name, 0) == 0)
            return true;
    }
    return false;
}

/* What group --new-in takes for a build, and globs of it. */
static bool is_of_build(const char *glob, const json_t *row)
{
    static const char *const tags[] = {"version", "build"};
    bool is_it = group_build_is(row, glob);

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        const char *value = report_string(json_object_get(row, "tags"), tags[i]);
        is_it |= value && *value && fnmatch(glob, value, 0) == 0;
    }
    return is_it;
}

static bool holds(const struct where_condition *condition, const json_t *row)
{
    const char *member = condition->key.member, *value = where_value(&condition->key, row);

    if (value && fnmatch(condition->glob, value, 0) == 0)
        return true;
    if (member && strcmp(member, "build_id") == 0)
        return is_of_build(condition->glob, row);
    if (!member || !value)
        return false;
    return (strcmp(member, "exe") == 0 && fnmatch(condition->glob, report_string(row, member), 0) == 0) ||
           (strcmp(member, "function") == 0 &&
            has_function(report_string(row, "signature"), condition->glob));
}

bool where_holds(const struct where *where, const json_t *row)
{
    for (size_t i = 0; i < where->count; i++)
        if (!holds(&where->conditions[i], row))
            return false;
    return true;
}

unsigned where_keys_of(const struct where *where, const json_t *row)
{
    unsigned seen = 0;

    for (size_t i = 0; i < where->count; i++)
        seen |= where_value(&where->conditions[i].key, row) ? 1u << i : 0;
    return seen;
}
