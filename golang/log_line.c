/* SPDX-License-Identifier: MIT */
#include "log_line.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Of Nakama: its runtimes say so when a function of a module has failed, and what came of it. In lower case, as all patterns. */
static const char *const runtime_messages[] = {
    "stopping match after error from ",
    "match handler call processing too slow, closing match",
    "javascript runtime error",
    "javascript runtime function raised an uncaught exception",
    "javascript runtime function invalid",
    "lua runtime function returned invalid data",
    "could not complete runtime invocation",
    "error running runtime ",
    "error running matchmaker matched hook",
    "error invoking ",
    "failed to invoke ",
};
/* ... or anywhere in the message: "Runtime Before function caused an error." */
static const char runtime_function[] = " function caused an error";

static const char serving[] = "panic serving ";
/* Other ways to say that a panic was recovered: gin, echo, interceptors of gRPC, people. */
static const char *const recovered[] = {"panic recovered", "[panic recover]", "recovered from panic",
                                        "recovered from a panic", "recovered panic"};

static const char goroutine[] = "goroutine ";

static const char *find(struct span text, const char *words)
{
    const size_t size = strlen(words);
    const char first[] = {words[0], (char)toupper((unsigned char)words[0])};
    for (size_t i = 0; i < 2; i++) {
        const char *at = text.bytes, *end = text.bytes + text.size;
        for (; at && (size_t)(end - at) >= size && (at = memchr(at, first[i], (size_t)(end - at))); at++)
            if ((size_t)(end - at) >= size && strncasecmp(at, words, size) == 0)
                return at;
    }
    return NULL;
}

static bool begins(struct span text, const char *words)
{
    const size_t size = strlen(words);
    return text.size >= size && strncasecmp(text.bytes, words, size) == 0;
}

static bool is_one_of(struct span text, const char *const *words)
{
    for (; *words; words++)
        if (text.size == strlen(*words) && strncasecmp(text.bytes, *words, text.size) == 0)
            return true;
    return false;
}

static const char *const level_keys[] = {"level", "severity", NULL};
static const char *const message_keys[] = {"msg", "message", NULL};
static const char *const error_keys[] = {"error", "err", "panic", NULL};
static const char *const time_keys[] = {"ts", "time", "timestamp", NULL};
static const char *const caller_keys[] = {"caller", NULL};
static const char *const stack_keys[] = {"stacktrace", "stack", "logger", NULL};

bool log_line_is_common(struct span key)
{
    const char *const *const all[] = {level_keys, message_keys, error_keys,
                                      time_keys,  caller_keys,  stack_keys};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (is_one_of(key, all[i]))
            return true;
    return false;
}

static void take_member(const struct json_member *member, struct log_line *line)
{
    static const char *const errors[] = {"warn", "warning", "error", "dpanic", "critical", "alert", NULL};
    const struct {
        const char *const *keys;
        struct span *place;
    } table[] = {{level_keys, &line->level},
                 {message_keys, &line->message},
                 {error_keys, &line->error},
                 {caller_keys, &line->caller},
                 {time_keys, &line->time}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (member->is_text && !table[i].place->bytes && is_one_of(member->key, table[i].keys))
            *table[i].place = member->value;
    line->is_error = line->level.bytes && is_one_of(line->level, errors);
}

void log_line_read(const char *text, size_t size, char *scratch, struct log_line *ret)
{
    struct json_line json;
    struct json_member member;
    *ret = (struct log_line){0};
    while (size && text[size - 1] == '\r')
        size--;
    json_line_begin(&json, text, size, scratch);
    while (json_line_next(&json, &member) == JSON_LINE_MEMBER)
        take_member(&member, ret);
    ret->is_json = ret->message.bytes != NULL;
    if (!ret->is_json)
        *ret = (struct log_line){.message = {text, size}};
}

bool log_line_is_calm(const struct log_line *line)
{
    static const char *const calm[] = {"trace", "debug", "info", "notice", "default", NULL};
    return line->is_json && line->level.bytes && is_one_of(line->level, calm);
}

/* What the server says at these levels is no error, or its end, which is told as such. Only the log of Go's own library, which has no
 * levels, lands at info when a logger takes it (zap.RedirectStdLog). */
static bool is_another_matter(const struct log_line *line)
{
    static const char *const fatal[] = {"fatal", "panic", "emergency", "emerg", NULL};
    const bool has_level = line->is_json && line->level.bytes;
    return has_level && (is_one_of(line->level, fatal) ||
                         (log_line_is_calm(line) && !begins(line->message, "http: panic serving ") &&
                          !begins(line->message, "http2: panic serving ")));
}

bool log_line_is_panic(const struct log_line *line)
{
    const struct span text = line->message;
    if (is_another_matter(line))
        return false;
    const char *at = find(text, serving);
    if (at && line->is_json)
        return true; /* the rest may stand in other members */
    if (at)
        return memmem(at, (size_t)(text.bytes + text.size - at), ": ", 2) != NULL;
    for (size_t i = 0; i < sizeof recovered / sizeof *recovered; i++)
        if (find(text, recovered[i]))
            return true;
    return false;
}

bool log_line_tells(const struct log_line *line)
{
    if (log_line_is_panic(line))
        return true;
    if (!line->is_json || !line->is_error)
        return false;
    for (size_t i = 0; i < sizeof runtime_messages / sizeof *runtime_messages; i++)
        if (begins(line->message, runtime_messages[i]))
            return true;
    return find(line->message, runtime_function) != NULL;
}

bool log_line_has_panic(const char *bytes, size_t size)
{
    return memmem(bytes, size, "anic", 4) || memmem(bytes, size, "ANIC", 4);
}

/* zap, and so Nakama, writes the level first. */
bool log_line_begins_as_error(const char *line, size_t size)
{
    static const char *const heads[] = {"{\"level\":\"error\"", "{\"level\":\"warn",
                                        "{\"severity\":\"ERROR\"", "{\"severity\":\"WARNING\""};
    for (size_t i = 0; i < sizeof heads / sizeof *heads && size && line[0] == '{'; i++)
        if (size >= strlen(heads[i]) && memcmp(line, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

/* "goroutine 7 [running]:", also behind the message on its line, as echo has it. In a text of logrus' the line's end is an escape. */
static const char *find_stack(const char *at, const char *end, bool *ret_is_escaped)
{
    for (const char *begin = at; (at = memmem(at, (size_t)(end - at), goroutine, sizeof goroutine - 1));
         at++) {
        const char *number = at + sizeof goroutine - 1, *digit = number;
        while (digit < end && isdigit((unsigned char)*digit))
            digit++;
        if (digit == number || end - digit < 2 || memcmp(digit, " [", 2) != 0)
            continue;
        *ret_is_escaped = at - begin >= 2 && memcmp(at - 2, "\\n", 2) == 0;
        if (at == begin || *ret_is_escaped || isspace((unsigned char)at[-1]))
            return at;
    }
    return NULL;
}

static struct span between(const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (begin < end && isspace((unsigned char)end[-1]))
        end--;
    return (struct span){begin, (size_t)(end - begin)};
}

/* The first line; of "panic recovered:" the next one, too. */
static struct span first_line(const char *begin, const char *end)
{
    const char *newline = memchr(begin, '\n', (size_t)(end - begin));
    struct span line = between(begin, newline ? newline : end);
    if (!newline || !line.size || line.bytes[line.size - 1] != ':')
        return line;
    while (newline < end && isspace((unsigned char)*newline))
        newline++;
    const char *next = memchr(newline, '\n', (size_t)(end - newline));
    return between(begin, next ? next : end);
}

static bool is_behind(struct span text, const char *at, const char *words)
{
    const size_t size = strlen(words);
    return (size_t)(at - text.bytes) >= size && memcmp(at - size, words, size) == 0;
}

void log_line_panic(struct span text, struct log_line_panic *ret)
{
    bool is_escaped = false;
    const char *end = text.bytes + text.size, *at = find(text, serving), *colon = NULL;
    const char *stack = find_stack(text.bytes, end, &is_escaped), *told = end;
    *ret = (struct log_line_panic){0};
    if (stack)
        told = is_escaped ? stack - 2 : stack;
    if (stack && !is_escaped)
        ret->stack = (struct span){stack, (size_t)(end - stack)};
    const char *words = at ? at + sizeof serving - 1 : NULL;
    if (words && words < told)
        colon = memmem(words, (size_t)(told - words), ": ", 2);
    if (colon) {
        ret->words = (struct span){words, (size_t)(colon - words)};
        ret->is_http = is_behind(text, at, "http: ") || is_behind(text, at, "http2: ");
    }
    const char *message = colon ? colon + 2 : text.bytes;
    ret->message = stack && colon ? between(message, told) : first_line(message, told);
}
