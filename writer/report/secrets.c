/* SPDX-License-Identifier: MIT */
#include "report/secrets.h"

#include "base/json.h"

void secrets_write(const struct crash *crash, struct buffer *out)
{
    json_open(out, NULL, '{');
    json_number(out, "format", CRUMPLE_FORMAT_VERSION);
    json_open(out, "secrets", '[');
    buffer_add(out, crash->secrets.data, crash->secrets.size);
    json_close(out, ']');
    json_close(out, '}');
    buffer_add_char(out, '\n');
}
