/* SPDX-License-Identifier: MIT */
#include "ledger/append.h"

#include "base/json.h"
#include "ledger/log.h"

/* Members of an exit, and those that are there only where CRUMPLE_RECOVER had a say. */
static void add_special(const struct crash *crash, struct buffer *out)
{
    const struct notes_recovery *recovery = &crash->notes.recovery;
    if (exit_is(crash)) {
        json_string(out, "call", crash->notes.exit_call);
        json_number(out, "status", (int64_t)(crash->notes.exit_status & 0xff));
    }
    if (!recovery->action)
        return;
    json_string(out, "action", recovery->action);
    if (strcmp(crash->notes.event, "contained") != 0) {
        json_string(out, "decision", recovery->decision);
        return;
    }
    json_string(out, "routine", recovery->routine_name);
    json_string(out, "peer", recovery->peer);
    json_number(out, "sockets", (int64_t)(recovery->sockets_shut & INT32_MAX));
}

void index_begin(const struct crash *crash, struct buffer *out)
{
    json_string(out, "event", crash->notes.event);
    json_string(out, "signature", crash->signature);
    json_string(out, "title", crash->title);
    json_string(out, "exe", crash->notes.exe);
    json_number(out, "pid", crash->notes.pid);
    json_string(out, "time", crash->time);
}

void index_rest(const struct crash *crash, const char *path, struct buffer *out)
{
    int64_t durable_us = crash_elapsed_us(crash);
    json_string(out, "signal", exit_is(crash) ? NULL : crash->signal.name);
    json_string(out, "path", path);
    json_string(out, "id", crash->name);
    if (durable_us >= 0 && path)
        json_number(out, "durable_us", durable_us);
    else
        json_null(out, "durable_us");
    add_special(crash, out);
    if (!path) {
        json_bool(out, "suppressed", true);
        json_string(out, "suppressed_by", crash->suppressed);
    }
}

static void make_line(const struct crash *crash, const char *bundle, struct buffer *out)
{
    json_open(out, NULL, '{');
    index_begin(crash, out);
    index_rest(crash, bundle, out);
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
    json_string(&needle, "id", id);
    bool is_there = log_read(directory, &text) == 0 && !needle.failed && text.size &&
                    memmem(text.data, text.size, needle.data, needle.size) != NULL;
    buffer_release(&text);
    buffer_release(&needle);
    return is_there;
}
