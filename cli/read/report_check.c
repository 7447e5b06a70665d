/* SPDX-License-Identifier: MIT */
/*
 * The shape of report.json as tables, one row a member: docs/bundle-format.md in C. Unknown members are let
 * pass, so that a later writer may add some; a known one of the wrong type makes the report damaged.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "crumple_format.h"
#include "read/report_check.h"
#include "watch_entry.h"

/* The longest argument of a program is 128 KiB (MAX_ARG_STRLEN), and no other string is as long. */
#define STRING_MAX ((size_t)1 << 20)

enum kind { STRING = 1, NUMBER = 2, BOOL = 4, OBJECT = 8, ARRAY = 16, NOTHING = 32 };

struct member {
    const char *name;
    unsigned kinds;
    const struct member *inner; /* of the object, or of each element; NULL: anything (arrays: strings) */
    size_t most;                /* elements; 0: no limit */
    bool required;
};

static const struct member watch_members[] = {
    {"name", STRING, NULL, 0, true},
    {"expression", STRING | NOTHING, NULL, 0, false},
    {"module", STRING | NOTHING, NULL, 0, false},
    {"type", STRING | NOTHING, NULL, 0, false},
    {"value", STRING | NOTHING, NULL, 0, false},
    {"text", BOOL | NOTHING, NULL, 0, false},
    {"per_thread", BOOL | NOTHING, NULL, 0, false},
    {"error", STRING | NOTHING, NULL, 0, false},
    {"broke_at", STRING | NOTHING, NULL, 0, false},
    {"later_ms", NUMBER | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member sender_members[] = {
    {"pid", NUMBER | NOTHING, NULL, 0, false},
    {"uid", NUMBER | NOTHING, NULL, 0, false},
    {"name", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member signal_members[] = {
    {"number", NUMBER | NOTHING, NULL, 0, false},      {"name", STRING | NOTHING, NULL, 0, false},
    {"code", NUMBER | NOTHING, NULL, 0, false},        {"code_name", STRING | NOTHING, NULL, 0, false},
    {"addr", STRING | NOTHING, NULL, 0, false},        {"sender", OBJECT | NOTHING, sender_members, 0, false},
    {"sent", BOOL | NOTHING, NULL, 0, false},          {"promoted", BOOL | NOTHING, NULL, 0, false},
    {"description", STRING | NOTHING, NULL, 0, false}, {NULL, 0, NULL, 0, false},
};

static const struct member caller_members[] = {
    {"function", STRING | NOTHING, NULL, 0, false},
    {"module", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member exit_fault_members[] = {
    {"signal", STRING | NOTHING, NULL, 0, false},
    {"addr", STRING | NOTHING, NULL, 0, false},
    {"function", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member exit_members[] = {
    {"call", STRING | NOTHING, NULL, 0, false},
    {"status", NUMBER | NOTHING, NULL, 0, false},
    {"caller", OBJECT | NOTHING, caller_members, 0, false},
    {"through", STRING | NOTHING, NULL, 0, false},
    {"fault", OBJECT | NOTHING, exit_fault_members, 0, false},
    {"description", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member memory_members[] = {
    {"used", NUMBER | NOTHING, NULL, 0, false},
    {"peak", NUMBER | NOTHING, NULL, 0, false},
    {"limit", NUMBER | NOTHING, NULL, 0, false},
    {"oom_kills", NUMBER | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member end_members[] = {
    {"how", STRING | NOTHING, NULL, 0, false},
    {"status", NUMBER | NOTHING, NULL, 0, false},
    {"error", STRING | NOTHING, NULL, 0, false},
    {"core_dumped", BOOL | NOTHING, NULL, 0, false},
    {"asked_by", STRING | NOTHING, NULL, 0, false},
    {"asked_ms", NUMBER | NOTHING, NULL, 0, false},
    {"uptime_ms", NUMBER | NOTHING, NULL, 0, false},
    {"memory", OBJECT | NOTHING, memory_members, 0, false},
    {"reach", STRING | NOTHING, NULL, 0, false},
    {"description", STRING | NOTHING, NULL, 0, false},
    {"stdout", STRING | NOTHING, NULL, 0, false},
    {"stderr", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member dump_members[] = {
    {"pid", NUMBER, NULL, 0, false},
    {"uid", NUMBER, NULL, 0, false},
    {"name", STRING | NOTHING, NULL, 0, false},
    {"stopped_us", NUMBER, NULL, 0, false},
    {"description", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member go_frame_members[] = {
    {"function", STRING | NOTHING, NULL, 0, false}, {"file", STRING | NOTHING, NULL, 0, false},
    {"line", NUMBER | NOTHING, NULL, 0, false},     {"offset", STRING | NOTHING, NULL, 0, false},
    {"runtime", BOOL | NOTHING, NULL, 0, false},    {NULL, 0, NULL, 0, false},
};

static const struct member logged_members[] = {
    {"how", STRING | NOTHING, NULL, 0, false},
    {"message", STRING | NOTHING, NULL, 0, false},
    {"level", STRING | NOTHING, NULL, 0, false},
    {"stream", STRING | NOTHING, NULL, 0, false},
    {"caller", STRING | NOTHING, NULL, 0, false},
    {"function", STRING | NOTHING, NULL, 0, false},
    {"place", STRING | NOTHING, NULL, 0, false},
    {"missed", NUMBER | NOTHING, NULL, 0, false},
    {"description", STRING | NOTHING, NULL, 0, false},
    {"frames", ARRAY | NOTHING, go_frame_members, CRUMPLE_MAX_FRAMES, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member last_logged_members[] = {
    {"stream", STRING | NOTHING, NULL, 0, false},  {"level", STRING | NOTHING, NULL, 0, false},
    {"message", STRING | NOTHING, NULL, 0, false}, {"before_ms", NUMBER | NOTHING, NULL, 0, false},
    {"tags", OBJECT | NOTHING, NULL, 0, false},    {NULL, 0, NULL, 0, false},
};

static const struct member event_members[] = {
    {"time", STRING | NOTHING, NULL, 0, false},
    {"before_ms", NUMBER | NOTHING, NULL, 0, false},
    {"tid", NUMBER | NOTHING, NULL, 0, false},
    {"text", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member frame_members[] = {
    {"pc", STRING | NOTHING, NULL, 0, false},
    {"sp", STRING | NOTHING, NULL, 0, false},
    {"module", STRING | NOTHING, NULL, 0, false},
    {"offset", STRING | NOTHING, NULL, 0, false},
    {"build_id", STRING | NOTHING, NULL, 0, false},
    {"function", STRING | NOTHING, NULL, 0, false},
    {"name", STRING | NOTHING, NULL, 0, false},
    {"runtime", BOOL | NOTHING, NULL, 0, false},
    {"function_offset", STRING | NUMBER | NOTHING, NULL, 0, false},
    {"signal_frame", BOOL | NOTHING, NULL, 0, false},
    {"trust", STRING | NOTHING, NULL, 0, false},
    {"registers", OBJECT | NOTHING, NULL, 0, false},
    {"file", STRING | NOTHING, NULL, 0, false},
    {"line", NUMBER | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

/* wait_minutes is an array of two numbers: whoever reads them asks for their type. */
static const struct member go_group_members[] = {
    {"count", NUMBER, NULL, 0, false},
    {"state", STRING | NOTHING, NULL, 0, false},
    {"first", NUMBER | NOTHING, NULL, 0, false},
    {"at", NUMBER | NOTHING, NULL, 0, false},
    {"created_by", STRING | NOTHING, NULL, 0, false},
    {"created_file", STRING | NOTHING, NULL, 0, false},
    {"created_line", NUMBER | NOTHING, NULL, 0, false},
    {"locked", BOOL | NOTHING, NULL, 0, false},
    {"unavailable", BOOL | NOTHING, NULL, 0, false},
    {"elided", BOOL | NOTHING, NULL, 0, false},
    {"frames", ARRAY | NOTHING, go_frame_members, CRUMPLE_MAX_FRAMES, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member go_dep_members[] = {
    {"path", STRING | NOTHING, NULL, 0, false},
    {"version", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member go_members[] = {
    {"version", STRING | NOTHING, NULL, 0, false},
    {"module", STRING | NOTHING, NULL, 0, false},
    {"module_version", STRING | NOTHING, NULL, 0, false},
    {"kind", STRING | NOTHING, NULL, 0, false},
    {"message", STRING | NOTHING, NULL, 0, false},
    {"last_message", STRING | NOTHING, NULL, 0, false},
    {"recovered", BOOL | NOTHING, NULL, 0, false},
    {"sent", BOOL | NOTHING, NULL, 0, false},
    {"goroutine", NUMBER | NOTHING, NULL, 0, false},
    {"state", STRING | NOTHING, NULL, 0, false},
    {"labels", OBJECT | NOTHING, NULL, 0, false},
    {"goroutines", NUMBER | NOTHING, NULL, 0, false},
    {"cut", BOOL | NOTHING, NULL, 0, false},
    {"deps", ARRAY | NOTHING, go_dep_members, 0, false},
    {"groups", ARRAY | NOTHING, go_group_members, 0, false},
    {"unlisted", NUMBER | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member blocked_members[] = {
    {"call", STRING | NOTHING, NULL, 0, false},      {"text", STRING | NOTHING, NULL, 0, false},
    {"fd", NUMBER | NOTHING, NULL, 0, false},        {"futex", STRING | NOTHING, NULL, 0, false},
    {"owner_tid", NUMBER | NOTHING, NULL, 0, false}, {NULL, 0, NULL, 0, false},
};

static const struct member lock_members[] = {
    {"kind", STRING | NOTHING, NULL, 0, false},  {"address", STRING | NOTHING, NULL, 0, false},
    {"place", STRING | NOTHING, NULL, 0, false}, {"fd", NUMBER | NOTHING, NULL, 0, false},
    {"count", NUMBER | NOTHING, NULL, 0, false}, {NULL, 0, NULL, 0, false},
};

static const struct member deadlock_members[] = {
    {"count", NUMBER | NOTHING, NULL, 0, false},
    {"text", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member log_members[] = {
    {"path", STRING | NOTHING, NULL, 0, false},
    {"lines", ARRAY | NOTHING, NULL, 0, false},
    {"skipped", NUMBER | NOTHING, NULL, 0, false},
    {"error", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member thread_members[] = {
    {"tid", NUMBER, NULL, 0, true},
    {"name", STRING | NOTHING, NULL, 0, false},
    {"crashed", BOOL | NOTHING, NULL, 0, false},
    {"also_faulted", BOOL | NOTHING, NULL, 0, false},
    {"state", STRING | NOTHING, NULL, 0, false},
    {"reason", STRING | NOTHING, NULL, 0, false},
    {"routine", STRING | NOTHING, NULL, 0, false},
    {"callable", STRING | NOTHING, NULL, 0, false},
    {"registers", OBJECT | NOTHING, NULL, 0, false},
    {"truncated", BOOL | NOTHING, NULL, 0, false},
    {"end_frames", NUMBER | NOTHING, NULL, 0, false},
    {"frames", ARRAY | NOTHING, frame_members, CRUMPLE_MAX_FRAMES, false},
    {"blocked", OBJECT | NOTHING, blocked_members, 0, false},
    {"locks", ARRAY | NOTHING, lock_members, 64, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member module_members[] = {
    {"path", STRING | NOTHING, NULL, 0, false}, {"base", STRING | NOTHING, NULL, 0, false},
    {"end", STRING | NOTHING, NULL, 0, false},  {"build_id", STRING | NOTHING, NULL, 0, false},
    {"file", STRING | NOTHING, NULL, 0, false}, {NULL, 0, NULL, 0, false},
};

static const struct member exception_members[] = {
    {"type", STRING | NOTHING, NULL, 0, false},
    {"what", STRING | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member thrown_members[] = {
    {"type", STRING | NOTHING, NULL, 0, false},
    {"what", STRING | NOTHING, NULL, 0, false},
    {"uncaught", BOOL | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member recovery_members[] = {
    {"action", STRING | NOTHING, NULL, 0, false},
    {"how", STRING | NOTHING, NULL, 0, false},
    {"decision", STRING | NOTHING, NULL, 0, false},
    {"rule", STRING | NOTHING, NULL, 0, false},
    {"routine", STRING | NOTHING, NULL, 0, false},
    {"cause", STRING | NOTHING, NULL, 0, false},
    {"peer", STRING | NOTHING, NULL, 0, false},
    {"locks_held", NUMBER | NOTHING, NULL, 0, false},
    {"lock", STRING | NOTHING, NULL, 0, false},
    {"sockets_shut", NUMBER | NOTHING, NULL, 0, false},
    {"exception", OBJECT | NOTHING, exception_members, 0, false},
    {NULL, 0, NULL, 0, false},
};

static const struct member culprit_members[] = {
    {"state", STRING, NULL, 0, false},
    {"why", STRING | NOTHING, NULL, 0, false},
    {"peer", STRING | NOTHING, NULL, 0, false},
    {"port", NUMBER | NOTHING, NULL, 0, false},
    {"fd", NUMBER | NOTHING, NULL, 0, false},
    {"bytes", NUMBER | NOTHING, NULL, 0, false},
    {"strike", BOOL | NOTHING, NULL, 0, false},
    {"shared", BOOL | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

/* "format" comes first: what follows it means something only in a format we know */
static const struct member report_members[] = {
    {"format", NUMBER, NULL, 0, true},
    {"event", STRING, NULL, 0, true},
    {"crumple", STRING | NOTHING, NULL, 0, false},
    {"id", STRING | NOTHING, NULL, 0, false},
    {"time", STRING | NOTHING, NULL, 0, false},
    {"signature", STRING | NOTHING, NULL, 0, false},
    {"title", STRING | NOTHING, NULL, 0, false},
    {"reason", STRING | NOTHING, NULL, 0, false},
    {"exe", STRING | NOTHING, NULL, 0, false},
    {"build_id", STRING | NOTHING, NULL, 0, false},
    {"scrubbed", BOOL | NOTHING, NULL, 0, false},
    {"cmdline", ARRAY | NOTHING, NULL, 0, false},
    {"hostname", STRING | NOTHING, NULL, 0, false},
    {"pid", NUMBER | NOTHING, NULL, 0, false},
    {"ppid", NUMBER | NOTHING, NULL, 0, false},
    {"uid", NUMBER | NOTHING, NULL, 0, false},
    {"gid", NUMBER | NOTHING, NULL, 0, false},
    {"crashed_tid", NUMBER | NOTHING, NULL, 0, false},
    {"signal", OBJECT | NOTHING, signal_members, 0, false},
    {"exit", OBJECT | NOTHING, exit_members, 0, false},
    {"end", OBJECT | NOTHING, end_members, 0, false},
    {"dump", OBJECT | NOTHING, dump_members, 0, false},
    {"logged", OBJECT | NOTHING, logged_members, 0, false},
    {"tags", OBJECT | NOTHING, NULL, 0, false},
    {"watch", ARRAY | NOTHING, watch_members, WATCH_ENTRIES_MAX, false},
    {"vitals", OBJECT | NOTHING, NULL, 0, false}, /* readers ask for the types of what is in it */
    {"place", OBJECT | NOTHING, NULL, 0, false},
    {"deadlocks", ARRAY | NOTHING, deadlock_members, 64, false},
    {"logs", ARRAY | NOTHING, log_members, 64, false},
    {"last_logged", ARRAY | NOTHING, last_logged_members, 64, false},
    {"events", ARRAY | NOTHING, event_members, 1024, false},
    {"exception", OBJECT | NOTHING, thrown_members, 0, false},
    {"recovery", OBJECT | NOTHING, recovery_members, 0, false},
    {"culprit", OBJECT | NOTHING, culprit_members, 0, false},
    {"go", OBJECT | NOTHING, go_members, 0, false},
    {"threads", ARRAY | NOTHING, thread_members, CRUMPLE_MAX_THREADS, false},
    {"modules", ARRAY | NOTHING, module_members, 0, false},
    {"soft_errors", ARRAY | NOTHING, NULL, 0, false},
    {"timings_us", OBJECT | NOTHING, NULL, 0, false},
    {NULL, 0, NULL, 0, false},
};

struct complaint {
    char *text;
    size_t bytes;
};

static unsigned kind_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return OBJECT;
    case JSON_ARRAY:
        return ARRAY;
    case JSON_STRING:
        return STRING;
    case JSON_INTEGER:
        return NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return BOOL;
    case JSON_NULL:
        return NOTHING;
    default:
        return 0; /* fractions are used nowhere */
    }
}

static int check_members(const json_t *object, const struct member *members,
                         const struct complaint *complaint);

static int check_string(const json_t *value, const struct member *member, const struct complaint *complaint)
{
    if (!json_is_string(value) || json_string_length(value) <= STRING_MAX)
        return 0;
    snprintf(complaint->text, complaint->bytes, "'%s' has a string of more than %zu bytes", member->name,
             STRING_MAX);
    return -EBADMSG;
}

static int check_elements(const json_t *array, const struct member *member, const struct complaint *complaint)
{
    size_t count = json_array_size(array);

    if (member->most && count > member->most) {
        snprintf(complaint->text, complaint->bytes, "'%s' has more than %zu elements", member->name,
                 member->most);
        return -EBADMSG;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *element = json_array_get(array, i);

        if (member->inner ? !json_is_object(element) : !json_is_string(element)) {
            snprintf(complaint->text, complaint->bytes, "'%s' has an element of the wrong type",
                     member->name);
            return -EBADMSG;
        }
        if (member->inner ? check_members(element, member->inner, complaint) < 0
                          : check_string(element, member, complaint) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int check_members(const json_t *object, const struct member *members,
                         const struct complaint *complaint)
{
    for (const struct member *member = members; member->name; member++) {
        const json_t *value = json_object_get(object, member->name);
        int error = 0;

        if (!value && !member->required)
            continue;
        if (!value || !(kind_of(value) & member->kinds)) {
            snprintf(complaint->text, complaint->bytes, "'%s' %s", member->name,
                     value ? "has the wrong type" : "is missing");
            return -EBADMSG;
        }
        if (json_is_array(value))
            error = check_elements(value, member, complaint);
        else if (json_is_object(value) && member->inner)
            error = check_members(value, member->inner, complaint);
        else
            error = check_string(value, member, complaint);
        if (error < 0)
            return error;
    }
    return 0;
}

int report_check(const json_t *report, char *ret_reason, size_t reason_bytes)
{
    const struct complaint complaint = {ret_reason, reason_bytes};
    const json_t *format = json_object_get(report, "format");

    if (!json_is_object(report)) {
        snprintf(ret_reason, reason_bytes, "it is not an object");
        return -EBADMSG;
    }
    if (json_is_integer(format) && json_integer_value(format) > CRUMPLE_FORMAT_VERSION) {
        snprintf(
            ret_reason, reason_bytes,
            "its format %lld is newer than this program (which reads formats up to %d); use a newer crumple",
            (long long)json_integer_value(format), CRUMPLE_FORMAT_VERSION);
        return -EPROTO;
    }
    if (json_is_integer(format) && json_integer_value(format) < 1) {
        snprintf(ret_reason, reason_bytes, "'format' is not a version");
        return -EBADMSG;
    }
    return check_members(report, report_members, &complaint);
}
