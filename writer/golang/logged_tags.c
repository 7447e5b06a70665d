/* SPDX-License-Identifier: MIT */
#include "golang/logged_tags.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"

static const char *name_of(struct span key, size_t *ret_size)
{
    static const char *const names[][2] = {
        {"mid", "match_id"},   {"matchId", "match_id"}, {"match", "match_id"}, {"uid", "user_id"},
        {"userId", "user_id"}, {"userID", "user_id"},   {"user", "user_id"},   {"sid", "session_id"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is(key, names[i][0])) {
            *ret_size = strlen(names[i][1]);
            return names[i][1];
        }
    *ret_size = key.size;
    return key.bytes;
}

/* A key stands in JSON and in labels as it is. */
static bool is_plain(const char *key, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)key[i]) && !strchr("_.-", key[i]))
            return false;
    return size && !memchr(key, '\0', size);
}

/* An address may hold a password, and a text a whole request. What is too long is cut, but not in the middle of a character. */
static void set_value(struct logged_tag *tag, struct span value)
{
    struct buffer shown = {0};
    redact_argument(&shown, value.bytes, value.size, "", 0);
    size_t used = shown.failed ? 0 : shown.size < sizeof tag->value ? shown.size : sizeof tag->value - 1;
    while (used && used < shown.size && ((unsigned char)shown.data[used] & 0xc0) == 0x80)
        used--;
    if (used)
        memcpy(tag->value, shown.data, used);
    tag->value[used] = '\0';
    buffer_release(&shown);
}

void logged_tags_add(struct logged_tags *tags, struct span key, struct span value)
{
    size_t size = 0;
    const char *name = name_of(key, &size);
    if (tags->count == LOGGED_TAGS_MAX || !is_plain(name, size) || size >= LOGGED_KEY_BYTES || !value.size ||
        redact_is_secret(name, size))
        return;
    struct logged_tag *tag = &tags->items[tags->count];
    snprintf(tag->key, sizeof tag->key, "%.*s", (int)size, name);
    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].key, tag->key) == 0)
            return;
    set_value(tag, value);
    tags->count++;
}

/* match=4f2c tick=77 */
static void add_words(struct logged_tags *tags, struct span words)
{
    const char *at = words.bytes, *end = at + words.size;
    while (at < end) {
        const char *word = at;
        while (at < end && !isspace((unsigned char)*at))
            at++;
        const char *equals = memchr(word, '=', (size_t)(at - word));
        if (equals)
            logged_tags_add(tags, (struct span){word, (size_t)(equals - word)},
                            (struct span){equals + 1, (size_t)(at - equals - 1)});
        while (at < end && isspace((unsigned char)*at))
            at++;
    }
}

static void add_members(struct logged_tags *tags, struct span line)
{
    struct json_line json;
    struct json_member member;
    char *scratch = malloc(line.size + 1);
    if (!scratch)
        return;
    json_line_begin(&json, line.bytes, line.size, scratch);
    while (json_line_next(&json, &member) == JSON_LINE_MEMBER) {
        const char first = member.value.size ? *member.value.bytes : 0;
        if (!log_line_is_common(member.key) &&
            (member.is_text || (first != '{' && first != '[' && first != 'n')))
            logged_tags_add(tags, member.key, member.value);
    }
    free(scratch);
}

void logged_tags_find(struct span line, const struct log_line *read, const struct log_line_panic *panic,
                      struct logged_tags *ret)
{
    *ret = (struct logged_tags){0};
    if (panic->words.bytes && panic->is_http)
        logged_tags_add(ret, (struct span){"peer", 4}, panic->words);
    else if (panic->words.bytes)
        add_words(ret, panic->words);
    if (read->is_json)
        add_members(ret, line);
}
