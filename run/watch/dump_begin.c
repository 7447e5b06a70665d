/* SPDX-License-Identifier: MIT */
#include "watch/dump_begin.h"

#include <string.h>

#define PANIC  "panic: "
#define FATAL  "fatal error: "
#define SIGNAL "SIG"

/* A longer one than any of them: what may be the first part of one stays. */
#define KEPT_BYTES 16

static const char *earlier(const char *a, const char *b)
{
    return !a || (b && b < a) ? b : a;
}

/* The first word that a dump may begin with; NULL: none. */
static const char *find_word(const char *bytes, size_t size)
{
    return earlier(
        earlier(memmem(bytes, size, PANIC, sizeof PANIC - 1), memmem(bytes, size, FATAL, sizeof FATAL - 1)),
        memmem(bytes, size, SIGNAL, sizeof SIGNAL - 1));
}

/* The name of a signal is a word of many lines: with the words that Go has for it, it ends the line. */
static bool is_signal(const char *at, size_t size)
{
    while (size && (at[size - 1] == '\n' || at[size - 1] == '\r'))
        size--;
    return go_line_kind(at, size) == GO_LINE_SIGNAL;
}

/* Where the dump begins in the line, which is as long as it will be or as what is kept of it; NULL: nowhere. */
static const char *find(const char *line, size_t size)
{
    const char *at = find_word(line, size);
    while (at && *at == 'S' && !is_signal(at, size - (size_t)(at - line))) {
        const char *next = at + 1;
        at = find_word(next, size - (size_t)(next - line));
    }
    return at;
}

static bool is_found(struct dump_begin *begin, const char *line, size_t size, const char **ret_text,
                     size_t *ret_size, enum go_line_kind *ret_kind)
{
    const char *at = find(line, size);
    begin->is_first = at == line && !begin->is_cut;
    begin->is_cut = false;
    if (!at)
        return false;
    *ret_text = at;
    *ret_size = size - (size_t)(at - line);
    *ret_kind = *at == 'p' ? GO_LINE_PANIC : *at == 'f' ? GO_LINE_FATAL : GO_LINE_SIGNAL;
    return true;
}

/* Adds a piece of a line that has come in pieces. True: a dump begins in it. */
static bool add(struct dump_begin *begin, const char *bytes, size_t size, size_t *ret_used,
                const char **ret_text, size_t *ret_size, enum go_line_kind *ret_kind)
{
    for (size_t used = 0; used < size;) {
        size_t room = DUMP_BEGIN_BYTES - begin->size, n = size - used < room ? size - used : room;
        memcpy(begin->bytes + begin->size, bytes + used, n);
        begin->size += n;
        *ret_used = used += n;
        const bool is_line = bytes[used - 1] == '\n';
        if (!is_line && begin->size < DUMP_BEGIN_BYTES)
            break;
        size_t length = begin->size;
        begin->size = 0;
        if (is_found(begin, begin->bytes, length, ret_text, ret_size, ret_kind))
            return true;
        if (!is_line) {
            memmove(begin->bytes, begin->bytes + length - KEPT_BYTES, KEPT_BYTES);
            begin->size = KEPT_BYTES;
            begin->is_cut = true;
        }
    }
    return false;
}

/* The line that has the first such word, or the piece after the last end of a line. */
static const char *skip_others(const char *bytes, size_t size)
{
    const char *word = find_word(bytes, size);
    const char *end = memrchr(bytes, '\n', word ? (size_t)(word - bytes) : size);
    return end ? end + 1 : bytes;
}

size_t dump_begin_find(struct dump_begin *begin, const char *bytes, size_t size, const char **ret_text,
                       size_t *ret_size, enum go_line_kind *ret_kind)
{
    size_t used;
    *ret_kind = GO_LINE_OTHER;
    for (size_t at = 0; at < size; at += used) {
        if (!begin->size)
            at = (size_t)(skip_others(bytes + at, size - at) - bytes);
        const char *from = bytes + at, *end = memchr(from, '\n', size - at);
        used = end ? (size_t)(end - from) + 1 : size - at;
        if (end && !begin->size) {
            if (is_found(begin, from, used, ret_text, ret_size, ret_kind))
                return at + used;
        } else if (add(begin, from, used, &used, ret_text, ret_size, ret_kind)) {
            return at + used;
        }
    }
    return size;
}
