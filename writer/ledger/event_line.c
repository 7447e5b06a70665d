/* SPDX-License-Identifier: MIT */
#include "ledger/event_line.h"

#include <errno.h>
#include <string.h>

#include "base/when.h"

static int64_t parse_number(struct span text)
{
    int64_t value = 0;
    size_t at = text.size && text.bytes[0] == '-';
    for (; at < text.size && text.bytes[at] >= '0' && text.bytes[at] <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text.bytes[at] - '0', &value))
            return 0;
    return text.size && text.bytes[0] == '-' ? -value : value;
}

enum member_kind { TEXT, NUMBER, TIME, FLAG };

/* Stores a member that is known. */
static void store(struct event_line *line, struct span key, struct span value, bool is_text)
{
    static const struct {
        const char *key;
        unsigned char size, kind;
        size_t place;
    } table[] = {
#define ROW(name, kind, member) {name, sizeof name - 1, kind, offsetof(struct event_line, member)}
        ROW("event", TEXT, event),
        ROW("signature", TEXT, signature),
        ROW("exe", TEXT, exe),
        ROW("signal", TEXT, signal),
        ROW("path", TEXT, path),
        ROW("action", TEXT, action),
        ROW("scope", TEXT, scope),
        ROW("decision", TEXT, decision),
        ROW("routine", TEXT, routine),
        ROW("peer", TEXT, peer),
        ROW("reason", TEXT, reason),
        ROW("name", TEXT, name),
        ROW("to", TEXT, to),
        ROW("how", TEXT, how),
        ROW("pid", NUMBER, pid),
        ROW("count", NUMBER, count),
        ROW("time", TIME, time_us),
        ROW("sockets", NUMBER, sockets),
        ROW("backlog_full", NUMBER, backlog_full),
        ROW("suppressed", FLAG, is_suppressed),
#undef ROW
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].size != key.size || memcmp(table[i].key, key.bytes, key.size) != 0)
            continue;
        char *place = (char *)line + table[i].place;
        int64_t number = 0;
        if (table[i].kind == TEXT && is_text)
            memcpy(place, &value, sizeof value);
        else if (table[i].kind == FLAG)
            *(bool *)place = !is_text && value.bytes[0] == 't';
        else if (table[i].kind == TIME && is_text)
            number = when_parse(value), memcpy(place, &number, sizeof number);
        else if (table[i].kind == NUMBER && !is_text && (number = parse_number(value)) >= 0)
            memcpy(place, &number, sizeof number);
        return;
    }
}

int event_line_parse(const char *line, size_t size, char *scratch, struct event_line *ret_line)
{
    struct json_line members;
    struct json_member member;
    struct event_line parsed = {.time_us = -1, .count = 1};
    enum json_line_step step;
    json_line_begin(&members, line, size, scratch);
    while ((step = json_line_next(&members, &member)) == JSON_LINE_MEMBER && !member.is_cut)
        store(&parsed, member.key, member.value, member.is_text);
    if (step != JSON_LINE_END || !parsed.event.bytes)
        return -EBADMSG;
    parsed.has_bundle =
        parsed.path.bytes && (span_is(parsed.event, "crash") || span_is(parsed.event, "contained") ||
                              span_is(parsed.event, "exit") || span_is(parsed.event, "died") ||
                              span_is(parsed.event, "dump") || span_is(parsed.event, "logged"));
    *ret_line = parsed;
    return 0;
}
