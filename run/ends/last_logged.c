/* SPDX-License-Identifier: MIT */
#include "ends/last_logged.h"

#include <string.h>

#include "log_line.h"

#define LOOK_BYTES 65536 /* from the end of each stream */

struct found {
    struct span line, time;
    int stream;
};

static bool is_id(struct span key)
{
    static const char *const ids[] = {"mid",       "match_id", "matchId", "matchID", "match",  "uid",
                                      "user_id",   "userId",   "userID",  "user",    "sid",    "session_id",
                                      "sessionId", "party_id", "partyId", "room_id", "roomId", "room"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (span_is(key, ids[i]))
            return true;
    return false;
}

static bool is_wanted(struct span line, struct span *ret_time)
{
    static char scratch[LAST_LOGGED_LINE];
    struct json_line json;
    struct json_member member;
    enum json_line_step step;
    bool has_id = false;
    if (line.size < 2 || line.size > sizeof scratch || line.bytes[0] != '{')
        return false;
    *ret_time = (struct span){"", 0};
    json_line_begin(&json, line.bytes, line.size, scratch);
    while ((step = json_line_next(&json, &member)) == JSON_LINE_MEMBER) {
        has_id |= is_id(member.key);
        if (member.is_text && (span_is(member.key, "ts") || span_is(member.key, "time")) &&
            member.value.bytes >= line.bytes && member.value.bytes < line.bytes + line.size)
            *ret_time = member.value;
    }
    return step == JSON_LINE_END && has_id;
}

static bool is_before(const struct found *a, const struct found *b)
{
    const size_t size = a->time.size < b->time.size ? a->time.size : b->time.size;
    const int order = memcmp(a->time.bytes, b->time.bytes, size);
    return order < 0 || (order == 0 && a->time.size < b->time.size);
}

/* Adds one that came before the others of its stream. Returns how many there are. */
static size_t add(struct found *all, size_t count, const struct found *one)
{
    size_t at = 0;
    while (at < count && all[at].stream != one->stream && is_before(&all[at], one))
        at++;
    if (count == LAST_LOGGED_LINES) { /* the earliest goes */
        if (at == 0)
            return count;
        memmove(all, all + 1, (at - 1) * sizeof *all);
        all[at - 1] = *one;
        return count;
    }
    memmove(all + at + 1, all + at, (count - at) * sizeof *all);
    all[at] = *one;
    return count + 1;
}

size_t last_logged_find(const struct end_text output[2], char ret[LAST_LOGGED_BYTES])
{
    struct found all[LAST_LOGGED_LINES];
    size_t count = 0, used = 0;
    for (int i = 0; i < 2; i++) {
        const char *text = output[i].bytes;
        size_t end = output[i].size, from = end > LOOK_BYTES ? end - LOOK_BYTES : 0;
        while (end > from && text[end - 1] != '\n')
            end--; /* the last line is not whole */
        for (size_t of_stream = 0; end > from && of_stream < LAST_LOGGED_LINES;) {
            const char *newline = memrchr(text + from, '\n', end - 1 - from);
            const size_t begin = newline ? (size_t)(newline - text) + 1 : from;
            struct found one = {.line = {text + begin, end - 1 - begin}, .stream = i + 1};
            if (is_wanted(one.line, &one.time)) {
                count = add(all, count, &one);
                of_stream++;
            }
            end = begin;
        }
    }
    for (size_t i = 0; i < count; i++) {
        ret[used++] = (char)('0' + all[i].stream);
        ret[used++] = ' ';
        memcpy(ret + used, all[i].line.bytes, all[i].line.size);
        used += all[i].line.size;
        ret[used++] = '\n';
    }
    return used;
}
