/* SPDX-License-Identifier: MIT */
#include "base/redact.h"

#include <ctype.h>
#include <strings.h>

#define REDACTED    "[redacted]"
#define BEARER      "Bearer " /* and a token, of RFC 6750: in a log line it may stand without its header's name */
#define TOKEN_LEAST 12

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* Of scheme://user:password@host, the end of the password and its start; false: text does not begin so. */
static bool find_password(const char *text, size_t size, size_t *ret_start, size_t *ret_end)
{
    if (size < 3 || memcmp(text, "://", 3) != 0)
        return false;
    *ret_start = 0;
    *ret_end = 0;
    for (size_t at = 3; at < size && !strchr("/?# \t\"'", text[at]); at++) {
        if (text[at] == ':' && !*ret_start)
            *ret_start = at + 1;
        if (text[at] == '@') /* the last one: passwords hold it, too */
            *ret_end = at;
    }
    return *ret_start && *ret_end >= *ret_start;
}

/* Where the value behind a name begins: '=', ':' and quotes and spaces around them. 0: none follows. */
static size_t value_at(const char *text, size_t size, char *ret_quote)
{
    size_t at = size && (*text == '"' || *text == '\'');
    while (at < size && text[at] == ' ')
        at++;
    if (at == size || (text[at] != '=' && text[at] != ':'))
        return 0;
    if (text[at] == ':' && at + 2 < size && text[at + 1] == '/' && text[at + 2] == '/')
        return 0; /* a scheme */
    at++;
    while (at < size && text[at] == ' ')
        at++;
    *ret_quote = at < size && (text[at] == '"' || text[at] == '\'') ? text[at] : '\0';
    return at + (*ret_quote != '\0');
}

static size_t value_end(const char *text, size_t size, char quote, bool is_whole)
{
    size_t at = 0;
    if (quote) {
        while (at < size && text[at] != quote)
            at += text[at] == '\\' && at + 1 < size ? 2 : 1;
        return at < size ? at : size;
    }
    if (is_whole)
        return size;
    /* 'Authorization: Bearer X': the scheme is no secret, what follows is. */
    for (; at < size && !strchr("&;,}\t", text[at]); at++)
        if (text[at] == ' ' &&
            !(at >= 5 && (strncasecmp(text, "Basic", 5) == 0 || strncasecmp(text, "Bearer", 6) == 0)))
            break;
    return at;
}

/* An argument that is one option with its value: all behind '=' is the value, whatever is in it. */
static bool is_option(const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    size_t at = 0;
    if (!equals || *text != '-')
        return false;
    while (text + at < equals && is_name_char(text[at]))
        at++;
    return text + at == equals;
}

static bool is_secret_option(const char *text, size_t size)
{
    if (size < 2 || *text != '-' || memchr(text, '=', size))
        return false;
    for (size_t at = 0; at < size; at++)
        if (!is_name_char(text[at]))
            return false;
    return redact_is_secret(text, size);
}

/* Of "Bearer TOKEN", where the token ends; 0: text does not begin so. */
static size_t bearer_end(const char *text, size_t size)
{
    const size_t start = sizeof BEARER - 1;
    size_t end = start;
    if (size < start || strncasecmp(text, BEARER, start) != 0)
        return 0;
    while (end < size && (isalnum((unsigned char)text[end]) || (text[end] && strchr("-._~+/=", text[end]))))
        end++;
    return end - start >= TOKEN_LEAST ? end : 0;
}

/* What stands at text[at]: a name with a value to hide, or a password of an address? Appends it, and returns
 * where to go on; 'at' where there is nothing of the kind. */
static size_t add_hidden(struct buffer *out, const char *text, size_t size, size_t at, bool is_whole)
{
    size_t start, end, name_end = at;
    if (find_password(text + at, size - at, &start, &end)) {
        buffer_add(out, text + at, start);
        buffer_add_text(out, REDACTED);
        return at + end;
    }
    if (at && is_name_char(text[at - 1]))
        return at;
    end = bearer_end(text + at, size - at);
    if (end) {
        buffer_add(out, text + at, sizeof BEARER - 1);
        buffer_add_text(out, REDACTED);
        return at + end;
    }
    while (name_end < size && is_name_char(text[name_end]))
        name_end++;
    if (name_end == at || !redact_is_secret(text + at, name_end - at))
        return at;
    char quote = '\0';
    start = value_at(text + name_end, size - name_end, &quote);
    /* A title written over all arguments is one argument: '--requirepass X' stands in it with a space. */
    if (!start && at && text[at] == '-' && name_end < size && text[name_end] == ' ')
        start = 1;
    if (!start || name_end + start >= size)
        return at;
    end = value_end(text + name_end + start, size - name_end - start, quote, is_whole && at == 0);
    buffer_add(out, text + at, name_end + start - at);
    if (end)
        buffer_add_text(out, REDACTED);
    return name_end + start + end;
}

void redact_argument(struct buffer *out, const char *text, size_t size, const char *before,
                     size_t before_size)
{
    if (size && *text != '-' && before_size && is_secret_option(before, before_size)) {
        buffer_add_text(out, REDACTED);
        return;
    }
    const bool is_whole = is_option(text, size);
    for (size_t at = 0; at < size;) {
        size_t next = add_hidden(out, text, size, at, is_whole);
        if (next == at)
            buffer_add_char(out, text[next++]);
        at = next;
    }
}
