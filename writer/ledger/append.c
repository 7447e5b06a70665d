/* SPDX-License-Identifier: MIT */
#include "ledger/append.h"

#include "base/json.h"
#include "ledger/log.h"
#include "report/event_json.h"

static void make_line(const struct crash *crash, const char *bundle, struct buffer *out)
{
    json_open(out, NULL, '{');
    event_json_begin(crash, out);
    event_json_rest(crash, bundle, out);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

int index_append(int directory, const struct crash *crash, const char *bundle)
{
    struct buffer line = {0};
    make_line(crash, bundle, &line);
    int error = log_append(directory, &line);
    buffer_release(&line);
    return error;
}

bool index_has(int directory, const char *id)
{
    struct buffer text = {0}, needle = {0};
    size_t older_size;
    json_string(&needle, "id", id);
    bool is_there = log_read(directory, &text, &older_size) == 0 && !needle.failed && text.size &&
                    memmem(text.data, text.size, needle.data, needle.size) != NULL;
    buffer_release(&text);
    buffer_release(&needle);
    return is_there;
}
