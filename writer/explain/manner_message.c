/* SPDX-License-Identifier: MIT */
#include "explain/manner_message.h"

#include <stdlib.h>
#include <string.h>

#include "crash/crash.h"
#include "explain/manner_table.h"
#include "walk/function_names.h"

#define LIVE_BYTES 65536 /* of the manner's frames that are looked at */
#define BEYOND     1024  /* of the frame that called the manner: there C++ has the message's object */
#define TEXT_BYTES 4096  /* a message is not longer */

struct live {
    uint64_t start;
    size_t size;
    uint8_t *bytes; /* owned */
};

static uint64_t word_at(const struct live *live, size_t at)
{
    uint64_t word;
    memcpy(&word, live->bytes + at, sizeof word);
    return word;
}

static bool is_of(const struct crash *crash, size_t index, const char *family)
{
    const struct place *place = crash_place(crash, crash_frame(crash, &crash->stacks[0], index));
    char name[MANNER_NAME_BYTES];
    if (!place->function)
        return false;
    function_names_readable(place->function, place->function_size, name, sizeof name);
    const struct manner_row *row = manner_row_of(name);
    return row && strcmp(row->family, family) == 0;
}

/* The frames from the innermost to the one that called the family's outermost function. */
static bool read_live(const struct crash *crash, const char *family, uint64_t beyond, struct live *live)
{
    const struct stack *stack = &crash->stacks[0];
    size_t last = 0;
    for (size_t i = 0; i < stack->count; i++)
        last = is_of(crash, i, family) ? i + 1 : last;
    if (!last || last >= stack->count)
        return false;
    live->start = crash_frame(crash, stack, 0)->sp & ~UINT64_C(7);
    const uint64_t end = crash_frame(crash, stack, last)->sp;
    for (;; beyond /= 2) {
        const uint64_t size = end - live->start + beyond;
        if (end < live->start || size > LIVE_BYTES)
            return false;
        live->size = size & ~UINT64_C(7);
        if (memory_read(&crash->memory, live->start, live->bytes, live->size))
            return true;
        if (!beyond)
            return false;
    }
}

/* Copies the first line of text; a byte that ends no line and no text must be printable. */
static bool copy_line(const char *text, size_t length, char *out, size_t size)
{
    size_t used = 0;
    for (; used < length && text[used] && text[used] != '\n'; used++)
        if ((unsigned char)text[used] < ' ' && text[used] != '\t')
            return false;
    used = used < size ? used : size - 1;
    for (size_t i = 0; i < used; i++)
        out[i] = text[i];
    out[used] = '\0';
    for (char *tab; (tab = strchr(out, '\t'));)
        *tab = ' ';
    return used > 0;
}

/* As much of the text at address as is known. Returns how many bytes. */
static size_t read_text(const struct crash *crash, uint64_t address, char *text, size_t most)
{
    while (most && !memory_read(&crash->memory, address, text, most))
        most /= 2;
    return most;
}

/* A String: its capacity, its bytes, its length. All three in one place are no accident. */
static bool find_rust(const struct crash *crash, const struct live *live, char *out, size_t size)
{
    char text[TEXT_BYTES];
    for (size_t at = 0; at + 24 <= live->size; at += 8) {
        const uint64_t capacity = word_at(live, at), address = word_at(live, at + 8),
                       length = word_at(live, at + 16);
        if (length > 0 && length <= capacity && capacity <= sizeof text && address > 65536 &&
            memory_read(&crash->memory, address, text, length) && copy_line(text, length, out, size))
            return true;
    }
    return false;
}

static bool is_glog_stamp(const char *text)
{
    const size_t digits = strspn(text + 1, "0123456789");
    return text[0] == 'F' && (digits == 4 || digits == 8) && text[1 + digits] == ' ';
}

/* glog's LogMessageData: errno, then the text as it is printed. */
static bool find_glog(const struct crash *crash, const struct live *live, char *out, size_t size)
{
    char text[TEXT_BYTES];
    for (size_t at = 0; at + 8 <= live->size; at += 8) {
        const uint64_t address = word_at(live, at) + sizeof(int);
        if (address < 65536 || !memory_read(&crash->memory, address, text, 16) || !is_glog_stamp(text))
            continue;
        return copy_line(text, read_text(crash, address, text, sizeof text), out, size);
    }
    return false;
}

/* Abseil's RawLog formats into its frame: "[file.cc : 12] RAW: text". */
static bool find_abseil(const struct live *live, char *out, size_t size)
{
    static const char mark[] = "] RAW: ";
    const uint8_t *found = memmem(live->bytes, live->size, mark, sizeof mark - 1), *start = found;
    while (found && start > live->bytes && *start != '[' && *start >= ' ')
        start--;
    return found && *start == '[' &&
           copy_line((const char *)start, live->size - (size_t)(start - live->bytes), out, size);
}

bool manner_message_find(const struct crash *crash, const char *family, char *out, size_t size)
{
    const bool is_rust = strcmp(family, "Rust") == 0;
    struct live live = {.bytes = malloc(LIVE_BYTES)};
    bool found = false;
    if (strcmp(family, "GLib") == 0)
        found = crash->notes.glib_message &&
                copy_line(crash->notes.glib_message, strlen(crash->notes.glib_message), out, size);
    else if (live.bytes && read_live(crash, family, is_rust ? 0 : BEYOND, &live))
        found = is_rust                         ? find_rust(crash, &live, out, size)
                : strcmp(family, "glog") == 0   ? find_glog(crash, &live, out, size)
                : strcmp(family, "Abseil") == 0 ? find_abseil(&live, out, size)
                                                : false;
    free(live.bytes);
    return found;
}
