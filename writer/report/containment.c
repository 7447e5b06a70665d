/* SPDX-License-Identifier: MIT */
#include "report/containment.h"

#include <string.h>

#include "base/json.h"
#include "explain/type_name.h"
#include "verdict/judge.h"

static void add_clean(struct buffer *out, const char *text)
{
    buffer_add_clean(out, text, strlen(text));
}

static const char *how_of(const struct crash *crash)
{
    const struct verdict *verdict = &crash->verdict;
    if (!crash->has_verdict || verdict->refusal)
        return NULL;
    return verdict->by_list ? "handlers" : verdict_how_name(verdict->how);
}

static void write_exception(const struct notes_recovery *recovery, struct buffer *out)
{
    char type[CRASH_TYPE_BYTES];
    if (!recovery->exception_type) {
        json_null(out, "exception");
        return;
    }
    type_name(recovery->exception_type, type, sizeof type);
    json_open(out, "exception", '{');
    json_string(out, "type", type);
    json_string(out, "what", recovery->exception_what);
    json_close(out, '}');
}

void recovery_json(const struct crash *crash, struct buffer *out)
{
    const struct notes_recovery *recovery = &crash->notes.recovery;
    if (!recovery->action)
        return;
    json_open(out, "recovery", '{');
    json_string(out, "action", recovery->action);
    json_string(out, "how", how_of(crash));
    json_bool(out, "guard", recovery->guard);
    json_string(out, "decision", recovery->decision);
    json_string(out, "rule", recovery->rule);
    json_string(out, "routine", recovery->routine_name);
    json_string(out, "cause", recovery->cause);
    json_string(out, "peer", recovery->peer);
    json_number(out, "locks_held", (int64_t)(recovery->locks_held & INT64_MAX));
    if (recovery->lock)
        json_hex(out, "lock", recovery->lock);
    else
        json_null(out, "lock");
    json_number(out, "sockets_shut", (int64_t)(recovery->sockets_shut & INT64_MAX));
    write_exception(recovery, out);
    json_close(out, '}');
}

void recovery_words(const struct crash *crash, struct buffer *out)
{
    const struct notes_recovery *recovery = &crash->notes.recovery;
    if (!recovery->action)
        return;
    if (strcmp(recovery->action, "refused") == 0) {
        buffer_add_text(out, "not contained: ");
        add_clean(out, recovery->decision ? recovery->decision : "no reason was recorded");
        if (recovery->rule) {
            buffer_add_text(out, " (rule ");
            add_clean(out, recovery->rule);
            buffer_add_char(out, ')');
        }
        return;
    }
    buffer_format(out, "thread %d (", crash_thread(crash)->tid);
    add_clean(out, recovery->routine_name ? recovery->routine_name : crash_thread(crash)->name);
    buffer_add_text(out, strcmp(recovery->action, "restart") == 0
                             ? ") was ended and its routine starts again; the process lives"
                         : recovery->guard ? ") goes on behind its crumple_guard()"
                                           : ") was ended; the process lives");
    if (recovery->rule) {
        buffer_add_text(out, ": ");
        add_clean(out, recovery->rule);
    }
    if (recovery->peer) {
        buffer_add_text(out, "; its peer: ");
        add_clean(out, recovery->peer);
    }
}
