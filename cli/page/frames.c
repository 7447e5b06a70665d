/* SPDX-License-Identifier: MIT */
/* See page/frames.h. */
#include "page/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"

struct page_frames {
    json_t *numbers; /* what is shown of a frame: its number */
    json_t *frames;
    uint8_t wanted[(FRAMES_MAX + 7) / 8]; /* a bit for each: its text is */
};

struct page_frames *page_frames_new(void)
{
    struct page_frames *frames = calloc(1, sizeof *frames);

    if (!frames)
        return NULL;
    frames->numbers = json_object();
    frames->frames = json_array();
    if (frames->numbers && frames->frames)
        return frames;
    page_frames_free(frames);
    return NULL;
}

void page_frames_free(struct page_frames *frames)
{
    if (!frames)
        return;
    json_decref(frames->numbers);
    json_decref(frames->frames);
    free(frames);
}

/* What tells two frames apart. Addresses do only where no module is known. The caller frees it. */
static char *key_of(const json_t *frame)
{
    static const char *const members[] = {"module", "build_id", "offset", "function", "file", "trust"};
    const bool has_place = report_string(frame, "module") && report_string(frame, "offset");
    char *key = NULL;
    size_t size;
    FILE *to = open_memstream(&key, &size);

    if (!to)
        return NULL;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *value = report_string(frame, members[i]);
        fprintf(to, "%s\n", value ? value : "");
    }
    if (!has_place && report_string(frame, "pc"))
        fputs(report_string(frame, "pc"), to);
    fprintf(to, "\n%lld %d", (long long)report_number(frame, "line", 0), report_is_true(frame, "runtime"));
    if (fclose(to) == 0)
        return key;
    free(key);
    return NULL;
}

ssize_t page_frames_add(struct page_frames *frames, json_t *frame)
{
    char *key = key_of(frame);
    const size_t count = json_array_size(frames->frames);
    const json_t *known = key ? json_object_get(frames->numbers, key) : NULL;
    ssize_t number = known ? (ssize_t)json_integer_value(known) : (ssize_t)count;

    if (key && !known && count >= FRAMES_MAX)
        number = -ENOSPC;
    else if (!key || (!known && (json_array_append(frames->frames, frame) < 0 ||
                                 json_object_set_new_nocheck(frames->numbers, key,
                                                             json_integer((json_int_t)count)) < 0)))
        number = -ENOMEM;
    free(key);
    return number;
}

/* What Go has printed says all itself. */
static bool is_printed(const json_t *frame)
{
    return report_string(frame, "file") || !report_string(frame, "pc");
}

int page_frames_ask(const struct page_frames *frames, struct lookup *lookup)
{
    json_t *frame;
    size_t i;
    int error = 0;

    json_array_foreach(frames->frames, i, frame)
    {
        if (error == 0 && !is_printed(frame))
            error = lookup_add_frame(lookup, frame);
    }
    return error;
}

static const char *kind_of(const json_t *frame)
{
    const char *module = report_string(frame, "module"), *trust = report_string(frame, "trust");
    const bool is_guess = trust && strcmp(trust, "scan") == 0;

    if (report_is_true(frame, "signal_frame"))
        return "s";
    if (module && strncmp(text_base_name(module), "libcrumple.so", strlen("libcrumple.so")) == 0)
        return "c";
    if (report_is_true(frame, "runtime"))
        return is_guess ? "r?" : "r";
    return is_guess ? "a?" : "a";
}

/* "FILE:LINE" as the number of a string. */
static size_t place_number(struct page_strings *strings, const json_t *place)
{
    const char *file = report_string(place, "file");
    const int64_t line = report_number(place, "line", 0);
    char *text;

    if (!file || line <= 0)
        return page_strings_add(strings, file);
    if (asprintf(&text, "%s:%lld", file, (long long)line) < 0)
        return 0;
    size_t number = page_strings_add(strings, text);
    free(text);
    return number;
}

/* The function; without one its place in the module, or its address. */
static size_t name_number(struct page_strings *strings, const struct lookup *lookup, json_t *frame,
                          const json_t *place)
{
    const char *name = is_printed(frame) ? report_string(frame, "function") : lookup_function(lookup, frame);
    const char *module = report_string(frame, "module"), *offset = report_string(frame, "offset");
    char *text;

    name = name ? name : report_string(place, "function");
    if (name || !module || !offset)
        return page_strings_add(strings, name ? name : report_string(frame, "pc"));
    if (asprintf(&text, "%s+%s", text_base_name(module), offset) < 0)
        return 0;
    size_t number = page_strings_add(strings, text);
    free(text);
    return number;
}

static size_t offset_number(struct page_strings *strings, const json_t *frame)
{
    const json_t *offset = json_object_get(frame, "function_offset");
    char text[24];

    if (json_is_string(offset))
        return page_strings_add(strings, json_string_value(offset));
    if (!json_is_integer(offset))
        return 0;
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)json_integer_value(offset));
    return page_strings_add(strings, text);
}

static void write_frame(const struct lookup *lookup, struct page_strings *strings, json_t *frame, FILE *to)
{
    const json_t *places = is_printed(frame) ? NULL : lookup_places(lookup, frame);
    const json_t *last = json_array_get(places, json_array_size(places) - 1), *place;
    const char *module = report_string(frame, "module");
    const json_t *own = is_printed(frame) ? frame : report_is_true(last, "inlined") ? NULL : last;
    size_t i;

    fprintf(to, "[\"%s\",%zu,%zu,%zu,%zu", kind_of(frame), name_number(strings, lookup, frame, own),
            page_strings_add(strings, module ? text_base_name(module) : NULL), offset_number(strings, frame),
            place_number(strings, own));
    json_array_foreach(places, i, place)
    {
        if (report_is_true(place, "inlined"))
            fprintf(to, ",%zu,%zu", page_strings_add(strings, report_string(place, "function")),
                    place_number(strings, place));
    }
    putc(']', to);
}

void page_frames_write(const struct page_frames *frames, const struct lookup *lookup,
                       struct page_strings *strings, FILE *to)
{
    json_t *frame;
    size_t i;

    putc('[', to);
    json_array_foreach(frames->frames, i, frame)
    {
        fputs(i > 0 ? ",\n" : "", to);
        write_frame(lookup, strings, frame, to);
    }
    putc(']', to);
}

bool page_frames_want_text(struct page_frames *frames, size_t number)
{
    if (kind_of(json_array_get(frames->frames, number))[0] != 'a')
        return false;
    frames->wanted[number / 8] |= (uint8_t)(1u << number % 8);
    return true;
}

/* The innermost place of a frame that has text. Returns its number. */
static size_t find_text(const struct lookup *lookup, struct source_texts *texts, json_t *frame,
                        const json_t **ret_place, const json_t **ret_text)
{
    const json_t *places = is_printed(frame) ? NULL : lookup_places(lookup, frame), *text = NULL;
    const size_t count = places ? json_array_size(places) : 1;
    size_t i = 0;

    for (; i < count; i++) {
        *ret_place = places ? json_array_get(places, i) : frame;
        text = source_texts_find(texts, *ret_place);
        if (json_object_get(text, "lines"))
            break;
    }
    *ret_text = i < count ? text : NULL;
    return i;
}

const char *page_frames_write_texts(const struct page_frames *frames, const struct lookup *lookup,
                                    struct source_texts *texts, struct page_strings *strings, FILE *to)
{
    const json_t *place, *text, *line;
    size_t number, i, count = 0;
    json_t *frame;

    putc('[', to);
    json_array_foreach(frames->frames, number, frame)
    {
        if (!texts || !(frames->wanted[number / 8] & 1u << number % 8))
            continue;
        const size_t at = find_text(lookup, texts, frame, &place, &text);
        if (!text)
            continue;
        fprintf(to, "%s[%zu,%zu,%lld,%lld,%lld,%lld", count++ ? ",\n" : "", number, at,
                (long long)report_number(place, "line", 0), (long long)report_number(text, "first", 0),
                (long long)report_number(text, "modified", 0),
                (long long)source_texts_built(texts, report_string(frame, "module")));
        json_array_foreach(json_object_get(text, "lines"), i, line)
        {
            fprintf(to, ",%zu", page_strings_add(strings, json_string_value(line)));
        }
        putc(']', to);
    }
    putc(']', to);
    return texts && count == 0 ? "no source file of them is below --source-dir" : source_texts_limit(texts);
}
