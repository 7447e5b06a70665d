/* SPDX-License-Identifier: MIT */
#include "log_key.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "go_line.h"
#include "fnv.h"

#define FUNCTIONS_MAX 16
#define WORDS_MAX     64 /* of a message */

static uint64_t add(uint64_t key, const char *bytes, size_t size)
{
    return fnv_add(fnv_add(key, bytes, size), "\xff", 1); /* the end of a part */
}

static bool has_digit(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (isdigit((unsigned char)word[i]))
            return true;
    return false;
}

static uint64_t add_words(uint64_t key, struct span text)
{
    const char *at = text.bytes, *end = at + text.size;
    for (int words = 0; at < end && words < WORDS_MAX; words++) {
        const char *word = at;
        while (at < end && !isspace((unsigned char)*at))
            at++;
        if (at > word && !has_digit(word, (size_t)(at - word)))
            key = add(key, word, (size_t)(at - word));
        while (at < end && isspace((unsigned char)*at))
            at++;
    }
    return key;
}

/* A function without its arguments. */
static uint64_t add_functions(uint64_t key, struct span stack)
{
    const char *at = stack.bytes, *end = at + stack.size;
    for (int functions = 0; at < end && functions < FUNCTIONS_MAX;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((newline ? newline : end) - at);
        if (go_line_kind(at, size) == GO_LINE_FUNCTION) {
            const char *arguments = memrchr(at, '(', size);
            key = add(key, at, arguments ? (size_t)(arguments - at) : size);
            functions++;
        }
        at += size + (newline != NULL);
    }
    return key;
}

uint64_t log_key(const struct log_line *line)
{
    struct log_line_panic panic;
    log_line_panic(line->message, &panic);
    uint64_t key = add_words(FNV_BASIS, panic.message);
    if (line->error.bytes)
        key = add_words(key, line->error);
    return panic.stack.bytes ? add_functions(key, panic.stack) : key;
}
