/* SPDX-License-Identifier: MIT */
#include "report/event_json.h"

#include <string.h>

#include "base/json.h"
#include "crumple_run_options.h"
#include "explain/exit.h"
#include "report/culprit.h"
#include "report/logged_report.h"

/* Which crumple-run the process was below: the variable is inherited. */
static void add_run(const struct crash *crash, struct buffer *out)
{
    static const char name[] = CRUMPLE_RUN_ID_VARIABLE "=";
    const struct core_span environ_note = crash->notes.environ;
    const char *at = (const char *)environ_note.bytes, *end = at + environ_note.size;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\0', (size_t)(end - at));
        next = next ? next : end;
        if ((size_t)(next - at) >= sizeof name && memcmp(at, name, sizeof name - 1) == 0) {
            json_bytes(out, "run", at + sizeof name - 1, (size_t)(next - at) - (sizeof name - 1));
            return;
        }
    }
}

/* The members of an exit, those of an end that crumple-run saw, and those that only CRUMPLE_RECOVER causes. */
static void add_special(const struct crash *crash, struct buffer *out)
{
    const struct notes_recovery *recovery = &crash->notes.recovery;
    if (exit_is(crash)) {
        json_string(out, "call", crash->notes.exit_call);
        json_number(out, "status", (int64_t)(crash->notes.exit_status & 0xff));
    }
    if (notes_is_died(&crash->notes)) {
        json_string(out, "how", crash->notes.end.how);
        if (!crash->notes.end.signal && !crash->notes.end.error)
            json_number(out, "status", (int64_t)(crash->notes.end.status & 0xff));
    }
    logged_json_line(crash, out);
    if (culprit_is_found(crash))
        json_string(out, "culprit", crash->notes.culprit.peer);
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

void event_json_begin(const struct crash *crash, struct buffer *out)
{
    json_string(out, "event", crash->notes.event);
    json_string(out, "signature", crash->signature);
    json_string(out, "title", crash->title);
    json_string(out, "exe", crash->notes.exe);
    json_number(out, "pid", crash->notes.pid);
    json_string(out, "time", crash->time);
}

void event_json_missed(const struct crash *crash, struct buffer *out)
{
    json_null(out, "signal");
    json_null(out, "path");
    json_number(out, "count", (int64_t)(crash->notes.logged.missed & INT32_MAX));
    logged_json_line(crash, out);
    add_run(crash, out);
    json_bool(out, "suppressed", true);
    json_string(out, "suppressed_by", "the rate at which logged errors are told");
}

void event_json_rest(const struct crash *crash, const char *path, struct buffer *out)
{
    int64_t durable_us = crash_elapsed_us(crash);
    json_string(out, "signal", crash->signal.name[0] ? crash->signal.name : NULL);
    json_string(out, "path", path);
    json_string(out, "id", crash->name);
    json_string(out, "hostname", crash->notes.hostname);
    json_string(out, "build_id", crash_build_id(crash));
    if (durable_us >= 0 && path)
        json_number(out, "durable_us", durable_us);
    else
        json_null(out, "durable_us");
    add_special(crash, out);
    add_run(crash, out);
    if (!path) {
        if (notes_is_logged(&crash->notes) && crash->notes.logged.missed)
            json_number(out, "count", 1 + (int64_t)(crash->notes.logged.missed & INT32_MAX));
        json_bool(out, "suppressed", true);
        json_string(out, "suppressed_by", crash->suppressed);
    }
}
