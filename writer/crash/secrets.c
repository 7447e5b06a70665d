/* SPDX-License-Identifier: MIT */
#include "crash/secrets.h"

#include <string.h>

#include "base/json.h"

void crash_add_secret(struct crash *crash, const char *kind, const char *name, int64_t tid, const char *value,
                      size_t size)
{
    struct buffer *out = &crash->secrets;
    if (crash->has_lost_secrets)
        return;
    if (out->size + size + strlen(name) > SECRETS_BYTES_MAX) {
        crash->has_lost_secrets = true;
        crash_add_soft_error(crash, CRUMPLE_MEMBER_SECRETS ": too many values; the last ones are left out");
        return;
    }
    json_open(out, NULL, '{');
    json_string(out, "kind", kind);
    json_string(out, "name", name);
    if (tid)
        json_number(out, "tid", tid);
    json_bytes(out, "value", value, size);
    json_close(out, '}');
}

bool crash_has_secrets(const struct crash *crash)
{
    return crash->secrets.size && !crash->secrets.failed && !crash->notes.stack &&
           (!crash->no_core || strcmp(crash->no_core, CRUMPLE_NOT_DUMPABLE) != 0);
}
