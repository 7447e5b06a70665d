/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the keeper, too. */
#include "secret_name.h"

/* Anywhere in a name: these are parts of no other word. */
static const char *const inside[] = {"password",    "passwd",     "passphrase", "secret",    "token",
                                     "requirepass", "masterauth", "apikey",     "credential"};
/* A part by itself: 'pass' and not 'bypass', 'key' and not 'keyspace'. */
static const char *const parts[] = {"pass", "pwd",           "pw",     "psk",   "key",
                                    "auth", "authorization", "cookie", "bearer"};
/* The last part: then the value tells where, what for or how many, and not the secret. */
static const char *const harmless[] = {"file",   "path", "dir",   "directory", "type",    "name",
                                       "id",     "size", "len",   "length",    "timeout", "ttl",
                                       "method", "mode", "count", "limit"};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_alnum(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

/* Whether the word's first bytes are these. */
static bool is_equal(const char *word, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!word[i] || word[i] != lower(text[i]))
            return false;
    return true;
}

static bool is_one_of(const char *const *words, size_t count, const char *text, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (is_equal(words[i], text, size) && !words[i][size])
            return true;
    return false;
}

static bool has_inside(const char *text, size_t size)
{
    for (size_t word = 0; word < sizeof inside / sizeof inside[0]; word++) {
        size_t length = 0;
        while (inside[word][length])
            length++;
        for (size_t at = 0; at + length <= size; at++)
            if (is_equal(inside[word], text + at, length))
                return true;
    }
    return false;
}

bool secret_name_is(const char *name, size_t size)
{
    bool is_secret = has_inside(name, size);
    size_t from = 0, last = 0;
    for (size_t at = 0; at <= size; at++) {
        if (at < size && is_alnum(name[at]))
            continue;
        is_secret |= is_one_of(parts, sizeof parts / sizeof parts[0], name + from, at - from);
        last = at > from ? from : last;
        from = at + 1;
    }
    const size_t end = size - (size && !is_alnum(name[size - 1]));
    return is_secret && !is_one_of(harmless, sizeof harmless / sizeof harmless[0], name + last, end - last);
}

bool secret_value_is(const char *value, size_t size)
{
    enum { SCHEME, USER, PASSWORD } at = SCHEME;
    for (size_t i = 0; i < size; i++) {
        const char c = value[i];
        if (at == SCHEME && c == ':' && i + 2 < size && value[i + 1] == '/' && value[i + 2] == '/') {
            at = USER;
            i += 2;
        } else if (at == USER && c == ':') {
            at = PASSWORD;
        } else if (at == PASSWORD && c == '@') {
            return true;
        } else if (c == '/' || c == ' ') {
            at = SCHEME;
        }
    }
    return false;
}
