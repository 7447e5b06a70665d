/* SPDX-License-Identifier: MIT */
/* The sides of a row: see rows/row_sides.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "crumple_format.h"
#include "read/report.h"
#include "rows/group_id.h"
#include "rows/row_sides.h"
#include "secret_name.h"

static json_t *text_of(const json_t *value)
{
    char text[48];

    if (json_is_string(value))
        return json_incref((json_t *)value);
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof text, "%.17g", json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
    else
        return NULL;
    return json_string(text);
}

/* The writer has done this for its own reports; other programs mark secrets, or do not, as they like. */
static const char *name_of(const char *name, json_t **text)
{
    const bool is_marked = name[0] == '!' && name[1];

    if (*text && (is_marked || secret_name_is(name, strlen(name)))) {
        json_decref(*text);
        *text = json_string(CRUMPLE_SECRET);
    }
    return is_marked ? name + 1 : name;
}

static json_t *tags_of(const json_t *from)
{
    json_t *given = json_object_get(from, "tags"), *tags = json_is_object(given) ? json_object() : NULL,
           *value;
    const char *name;

    json_object_foreach(given, name, value)
    {
        json_t *text = text_of(value);
        const char *shown = name_of(name, &text);
        if (text && json_object_size(tags) < ROW_SIDES_TAGS_MAX)
            json_object_set_new(tags, shown, text);
        else
            json_decref(text);
    }
    return tags ? tags : json_null();
}

/* Signatures are 'KIND | FUNCTION | FUNCTION ...'. */
static json_t *function_of(const char *signature)
{
    const char *at = signature ? strstr(signature, " | ") : NULL, *end = at ? strstr(at + 3, " | ") : NULL;

    if (!at)
        return json_null();
    at += 3;
    return json_stringn(at, end ? (size_t)(end - at) : strlen(at));
}

static json_t *group_of(const json_t *row)
{
    const char *name = group_name(row);
    char id[GROUP_ID_BYTES];

    if (!*name)
        return json_null();
    group_id(name, id);
    return json_string(id);
}

static json_t *string_of(const json_t *from, const char *member, const char *other)
{
    json_t *value = json_object_get(from, member);

    value = json_is_string(value) ? value : json_object_get(from, other);
    return json_is_string(value) ? json_incref(value) : json_null();
}

int row_sides_set(json_t *row, const json_t *from)
{
    int error = json_object_set_new(row, "hostname", string_of(from, "hostname", "host"));

    error |= json_object_set_new(row, "build_id", string_of(from, "build_id", "build"));
    error |= json_object_set_new(row, "function", function_of(report_string(row, "signature")));
    error |= json_object_set_new(row, "group", group_of(row));
    error |= json_object_set_new(row, "tags", tags_of(from));
    return error ? -ENOMEM : 0;
}
