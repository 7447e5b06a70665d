/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the keeper; lines for stderr also in the faulting thread and in the helper. */
#include "out/events.h"

#include <time.h>

#include "crumple_format.h"
#include "crumple_text.h"
#include "date.h"
#include "ndjson.h"
#include "tag_list.h"
#include "base/sys.h"
#include "base/text.h"

#define LINES_BYTES 32768
#define LINE_MAX    12288 /* of one line: the sum of its texts' limits, and the rest of it */

/* Most bytes of a text in a line, escapes counted; what is longer is cut between two characters. */
#define LONG_MAX  2560 /* exe, signature: they must be the writer's to the letter */
#define SHORT_MAX 512
#define HOST_MAX  128
#define TAGS_MAX  2048
/* Of one tag, each byte of its value an escape. */
#define TAG_TEXT_MAX (TAG_LIST_NAME_MAX + TAG_LIST_VALUE_MAX + 8)
/* On stderr all texts of a line together stay below PIPE_BUF. */
#define STDERR_MAX 640
#define EXE_MAX    512

static char lines[LINES_BYTES];

static const char *event_name(uint8_t kind)
{
    switch (kind) {
    case SAFE_EVENT_CRASH:
        return "crash";
    case SAFE_EVENT_CONTAINED:
        return "contained";
    case SAFE_EVENT_BREAKER:
        return "breaker";
    case SAFE_EVENT_RESTART:
        return "restart";
    case SAFE_EVENT_PARKED:
        return "parked";
    case SAFE_EVENT_UNPARKED:
        return "unparked";
    case SAFE_EVENT_PEER_REFUSED:
        return "peer_refused";
    case SAFE_EVENT_EXIT:
        return "exit";
    case SAFE_EVENT_TROUBLE:
        return "trouble";
    default:
        return "escalated";
    }
}

/* Adds one character, as writer/base/json.c would. Returns how many bytes of s it took. */
static size_t add_character(struct safe_text *t, const char *s)
{
    char escape[CRUMPLE_TEXT_ESCAPE];
    uint32_t c = 0;
    size_t n = crumple_text_decode(s, 4, &c); /* the string's NUL stops it */
    if (n == 0) {
        safe_text_add(t, "\xef\xbf\xbd");
        return 1;
    }
    if (crumple_text_is_unsafe(c)) {
        safe_text_add_n(t, escape, crumple_text_escape(c, escape));
        return n;
    }
    if (c == '"' || c == '\\')
        safe_text_add(t, "\\");
    safe_text_add_n(t, s, n);
    return n;
}

static void add_key(struct safe_text *t, const char *key)
{
    safe_text_add(t, ",\"");
    safe_text_add(t, key);
    safe_text_add(t, "\":");
}

static void add_string(struct safe_text *t, const char *key, const char *value, size_t most)
{
    size_t end = t->used + most;
    add_key(t, key);
    if (!value) {
        safe_text_add(t, "null");
        return;
    }
    safe_text_add(t, "\"");
    while (*value && t->used + CRUMPLE_TEXT_ESCAPE < end)
        value += add_character(t, value);
    safe_text_add(t, "\"");
}

static void add_number(struct safe_text *t, const char *key, uint64_t value)
{
    add_key(t, key);
    safe_text_add_u64(t, value);
}

static void add_time(struct safe_text *t, uint64_t ns)
{
    char date[DATE_BYTES];
    date_format(ns / 1000, date);
    add_key(t, "time");
    safe_text_add(t, "\"");
    safe_text_add(t, date);
    safe_text_add(t, "\"");
}

static bool is_fault(const struct safe_event *e)
{
    return e->kind == SAFE_EVENT_CRASH || e->kind == SAFE_EVENT_CONTAINED || e->kind == SAFE_EVENT_EXIT;
}

/* In crashes.ndjson it is the file's name, on stderr the whole path. */
static void add_path(struct safe_text *t, const struct safe_event *e)
{
    add_string(t, "path", e->for_stderr ? e->path : e->id, e->for_stderr ? STDERR_MAX : SHORT_MAX);
    if (!e->for_stderr && e->id) {
        t->used--; /* the quote */
        safe_text_add(t, CRUMPLE_BUNDLE_SUFFIX "\"");
    }
}

/* Those of CRUMPLE_TAGS that have room; of a secret its name alone. */
static void add_tags(struct safe_text *t, const char *tags, size_t most)
{
    const size_t end = t->used + most;
    const char *separator = "";
    struct tag_entry e;
    if (!tags || !*tags)
        return;
    add_key(t, "tags");
    safe_text_add(t, "{");
    while (tag_list_next(&tags, &e) && t->used + TAG_TEXT_MAX < end) {
        const char *value = e.is_secret ? CRUMPLE_SECRET : e.value;
        const char *last = value + (e.is_secret ? sizeof CRUMPLE_SECRET - 1 : e.value_size);
        safe_text_add(t, separator);
        safe_text_add(t, "\"");
        safe_text_add_n(t, e.name, e.name_size);
        safe_text_add(t, "\":\"");
        while (value < last)
            value += add_character(t, value);
        safe_text_add(t, "\"");
        separator = ",";
    }
    safe_text_add(t, "}");
}

/* The members that a crash, an exit and a contained fault share. */
static void add_fault(struct safe_text *t, const struct safe_event *e)
{
    add_string(t, "signal", e->signo ? safe_signal_name(e->signo) : NULL, SHORT_MAX);
    add_path(t, e);
    add_string(t, "id", e->id, SHORT_MAX);
    if (e->call) {
        add_string(t, "call", e->call, SHORT_MAX);
        add_number(t, "status", (uint64_t)e->status & 0xff);
    }
    if (e->action)
        add_string(t, "action", e->action, SHORT_MAX);
    if (e->kind == SAFE_EVENT_CRASH && e->reason)
        add_string(t, "decision", e->reason, SHORT_MAX);
    if (e->kind == SAFE_EVENT_CONTAINED) {
        add_string(t, "routine", e->routine, SHORT_MAX);
        add_string(t, "peer", e->peer, SHORT_MAX);
        add_number(t, "sockets", e->sockets);
    }
    add_tags(t, e->tags, e->for_stderr ? STDERR_MAX : TAGS_MAX);
    /* On stderr a crash without a bundle may have left a core. */
    if (!e->id && (!e->for_stderr || e->kind == SAFE_EVENT_CONTAINED))
        safe_text_add(t, ",\"suppressed\":true");
    if (!e->for_stderr)
        add_number(t, "count", e->count ? e->count : 1);
}

static void add_rest(struct safe_text *t, const struct safe_event *e)
{
    switch (e->kind) {
    case SAFE_EVENT_CRASH:
    case SAFE_EVENT_CONTAINED:
    case SAFE_EVENT_EXIT:
        add_fault(t, e);
        break;
    case SAFE_EVENT_TROUBLE:
        add_string(t, "message", e->message, t->size - t->used - 32);
        break;
    case SAFE_EVENT_BREAKER:
        add_string(t, "scope", e->scope, SHORT_MAX);
        add_string(t, "name", e->name, SHORT_MAX);
        add_string(t, "from", e->from, SHORT_MAX);
        add_string(t, "to", e->to, SHORT_MAX);
        break;
    case SAFE_EVENT_RESTART:
        add_string(t, "routine", e->routine, SHORT_MAX);
        add_number(t, "delay_ms", e->delay_ms);
        add_number(t, "attempt", e->attempt);
        break;
    case SAFE_EVENT_PARKED:
    case SAFE_EVENT_UNPARKED:
        add_string(t, "routine", e->routine, SHORT_MAX);
        break;
    case SAFE_EVENT_PEER_REFUSED:
        add_string(t, "peer", e->peer, SHORT_MAX);
        add_number(t, "count", e->count ? e->count : 1);
        break;
    default:
        add_string(t, "reason", e->reason, SHORT_MAX);
        break;
    }
}

/* The members stand in the order of the writer's lines (writer/report/event_json.c). */
void safe_event_line(struct safe_text *t, const struct safe_event *e)
{
    size_t most = e->for_stderr ? STDERR_MAX : LONG_MAX;
    safe_text_add(t, e->for_stderr ? "{\"crumple\":\"" CRUMPLE_VERSION "\",\"event\":\"" : "{\"event\":\"");
    safe_text_add(t, event_name(e->kind));
    safe_text_add(t, "\"");
    if (is_fault(e)) {
        add_string(t, "signature", e->signature, most);
        add_string(t, "title", e->title, SHORT_MAX);
    }
    add_string(t, "exe", e->exe, e->for_stderr ? EXE_MAX : LONG_MAX);
    add_number(t, "pid", (uint64_t)e->pid);
    add_time(t, e->time_ns ? e->time_ns : safe_clock_ns(CLOCK_REALTIME));
    if (e->for_stderr)
        add_string(t, "hostname", e->hostname, HOST_MAX);
    if (e->for_stderr && e->tid)
        add_number(t, "tid", (uint64_t)e->tid);
    add_rest(t, e);
    safe_text_add(t, "}\n");
}

int safe_event_append_all(int dirfd, const struct safe_event *events, size_t count)
{
    int first_error = 0;
    size_t i = 0;
    while (i < count) {
        struct safe_text t = safe_text_on(lines, sizeof lines);
        do
            safe_event_line(&t, &events[i++]);
        while (i < count && t.size - t.used > LINE_MAX);
        int error = ndjson_append(dirfd, lines, t.used);
        if (error < 0 && first_error == 0)
            first_error = error;
    }
    return first_error;
}

int safe_event_append(int dirfd, const struct safe_event *event)
{
    return safe_event_append_all(dirfd, event, 1);
}
