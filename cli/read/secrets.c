/* SPDX-License-Identifier: MIT */
/* See read/secrets.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crumple_format.h"
#include "read/report.h"
#include "read/secrets.h"

#define BYTES_MAX ((size_t)8 << 20) /* the writer's limit is half of it */

static bool is_secret(const json_t *item)
{
    return report_string(item, "kind") && report_string(item, "name") && report_string(item, "value");
}

/* The array of a whole member. */
static int parse(const char *text, size_t size, json_t **ret_secrets)
{
    json_t *all = json_loadb(text, size, JSON_ALLOW_NUL, NULL), *secrets = json_object_get(all, "secrets"),
           *item;
    bool is_good = json_is_array(secrets);
    size_t i;

    json_array_foreach(secrets, i, item)
    {
        is_good &= is_secret(item);
    }
    if (is_good)
        *ret_secrets = json_incref(secrets);
    json_decref(all);
    return is_good ? 0 : -EBADMSG;
}

static int read_all(struct bundle_reader *reader, uint64_t size, json_t **ret_secrets)
{
    if (size > BYTES_MAX)
        return -EBADMSG;
    char *text = malloc((size_t)size + 1);
    size_t used = 0;
    int64_t n = text ? 1 : -ENOMEM;

    while (n > 0 && used < size) {
        n = bundle_read(reader, text + used, (size_t)size - used);
        used += n > 0 ? (size_t)n : 0;
    }
    int error = n < 0 ? (int)n : parse(text, used, ret_secrets);
    free(text);
    return error;
}

int secrets_read(struct bundle_reader *reader, json_t **ret_secrets)
{
    const char *name;
    uint64_t size;
    int error;

    while ((error = bundle_next(reader, &name, &size)) == 0) {
        if (strcmp(name, CRUMPLE_MEMBER_SECRETS) == 0)
            return read_all(reader, size, ret_secrets);
        if (strcmp(name, CRUMPLE_MEMBER_CORE) == 0) {
            bundle_back(reader);
            return -ENODATA;
        }
    }
    return error;
}
