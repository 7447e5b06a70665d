/* SPDX-License-Identifier: MIT */
#include "index_file.h"

#include <stdlib.h>

#include "json_out.h"
#include "log.h"
#include "notes_info.h"

/* Members that are there only where CRUMPLE_RECOVER had a say. */
static void add_recovery(const struct crash *crash, struct buffer *out)
{
    static const char *const of_crash[][2] = {{"action", "action"}, {"decision", "decision"}};
    static const char *const of_contained[][2] = {
        {"action", "action"}, {"routine_name", "routine"}, {"peer", "peer"}};
    bool is_contained = strcmp(crash->notes.event, "contained") == 0;
    char value[512];
    for (size_t i = 0; i < (is_contained ? 3 : 2); i++) {
        const char *const *names = is_contained ? of_contained[i] : of_crash[i];
        if (notes_info(&crash->core, names[0], value, sizeof value))
            json_string(out, names[1], value);
    }
    if (is_contained && notes_info(&crash->core, "sockets_shut", value, sizeof value))
        json_number(out, "sockets", strtoll(value, NULL, 10));
}

static void make_line(const struct crash *crash, const char *bundle, struct buffer *out)
{
    int64_t durable_us = crash_elapsed_us(crash);
    json_open(out, NULL, '{');
    json_string(out, "event", crash->notes.event);
    json_string(out, "signature", crash->signature);
    json_string(out, "title", crash->title);
    json_string(out, "exe", crash->notes.exe);
    json_number(out, "pid", crash->notes.pid);
    json_string(out, "time", crash->time);
    json_string(out, "signal", crash->signal.name);
    json_string(out, "path", bundle);
    json_string(out, "id", crash->name);
    if (durable_us >= 0 && bundle)
        json_number(out, "durable_us", durable_us);
    else
        json_null(out, "durable_us");
    add_recovery(crash, out);
    if (!bundle) {
        json_bool(out, "suppressed", true);
        json_string(out, "suppressed_by", crash->suppressed);
    }
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
