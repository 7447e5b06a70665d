/* SPDX-License-Identifier: MIT */
/* See page/strings.h. */
#include "page/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ELLIPSIS "\xe2\x80\xa6"

struct text {
    char *bytes;
    bool has_names;
};

struct page_strings {
    json_t *numbers; /* text: its number */
    struct text *texts;
    size_t count, room, bytes;
    bool failed;
};

struct page_strings *page_strings_new(void)
{
    struct page_strings *strings = calloc(1, sizeof *strings);

    if (!strings)
        return NULL;
    strings->numbers = json_object();
    strings->count = 1; /* the first is "" */
    if (strings->numbers)
        return strings;
    free(strings);
    return NULL;
}

void page_strings_free(struct page_strings *strings)
{
    if (!strings)
        return;
    for (size_t i = 1; i < strings->count && strings->texts; i++)
        free(strings->texts[i].bytes);
    free(strings->texts);
    json_decref(strings->numbers);
    free(strings);
}

static bool make_room(struct page_strings *strings)
{
    if (strings->count < strings->room)
        return true;
    size_t room = strings->room ? strings->room * 2 : 256;
    struct text *grown = reallocarray(strings->texts, room, sizeof *grown);
    if (!grown)
        return false;
    strings->texts = grown;
    strings->room = room;
    return true;
}

static size_t add(struct page_strings *strings, const char *text, bool has_names)
{
    char start[STRINGS_TEXT_MAX + 5]; /* more than will be shown, so that the cut is */

    if (!text || !*text || strings->failed)
        return 0;
    if (strings->bytes > STRINGS_BYTES_MAX)
        text = ELLIPSIS;
    if (strnlen(text, sizeof start) == sizeof start) {
        memcpy(start, text, sizeof start - 1);
        start[sizeof start - 1] = '\0';
        text = start;
    }
    const json_t *known = json_object_get(strings->numbers, text);
    if (known) {
        size_t number = (size_t)json_integer_value(known);
        strings->texts[number].has_names |= has_names;
        return number;
    }
    char *copy = make_room(strings) ? strdup(text) : NULL;
    if (!copy ||
        json_object_set_new_nocheck(strings->numbers, text, json_integer((json_int_t)strings->count)) < 0) {
        free(copy);
        strings->failed = true;
        return 0;
    }
    strings->bytes += strlen(copy);
    strings->texts[strings->count] = (struct text){copy, has_names};
    return strings->count++;
}

size_t page_strings_add(struct page_strings *strings, const char *text)
{
    return add(strings, text, false);
}

size_t page_strings_add_names(struct page_strings *strings, const char *text)
{
    return add(strings, text, true);
}

bool page_strings_failed(const struct page_strings *strings)
{
    return strings->failed;
}

int page_strings_ask(const struct page_strings *strings, struct lookup *lookup)
{
    int error = 0;

    for (size_t i = 1; i < strings->count && error == 0; i++)
        if (strings->texts[i].has_names)
            error = lookup_add_text(lookup, strings->texts[i].bytes);
    return error;
}

/* Where to cut, so that no character is cut in two. */
static size_t fit(const char *cleaned, size_t size)
{
    if (size <= STRINGS_TEXT_MAX)
        return size;
    size = STRINGS_TEXT_MAX;
    while (size > 0 && ((unsigned char)cleaned[size] & 0xc0) == 0x80)
        size--;
    return size;
}

void page_strings_put(FILE *to, const char *text)
{
    char *cleaned = text_clean(text ? text : "");
    const size_t whole = cleaned ? strlen(cleaned) : 0, size = cleaned ? fit(cleaned, whole) : 0;

    putc('"', to);
    for (size_t i = 0; i < size; i++) {
        const char c = cleaned[i];

        if (strchr("\"\\<>&'", c))
            fprintf(to, "\\u%04x", (unsigned char)c);
        else
            putc(c, to);
    }
    fputs(size < whole ? ELLIPSIS "\"" : "\"", to);
    free(cleaned);
}

void page_strings_write(const struct page_strings *strings, const struct lookup *lookup, FILE *to)
{
    fputs("[\"\"", to);
    for (size_t i = 1; i < strings->count; i++) {
        const struct text *text = &strings->texts[i];

        fputs(",\n", to);
        page_strings_put(to, text->has_names ? lookup_text(lookup, text->bytes) : text->bytes);
    }
    putc(']', to);
}

bool page_strings_is_plain(const char *text)
{
    char *cleaned = text_clean(text);
    bool is_plain = cleaned && strcmp(cleaned, text) == 0 && strlen(text) <= STRINGS_TEXT_MAX;

    free(cleaned);
    return is_plain;
}
