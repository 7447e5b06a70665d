/* SPDX-License-Identifier: MIT */
#include "context/tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "crash/secrets.h"
#include "secret_name.h"
#include "tag_list.h"

#define GIVEN    (-1)
#define TAGS_MAX ((size_t)CRUMPLE_MAX_THREADS * 16)
#define WORDS    "tag"

static bool is_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!((name[i] >= '-' && name[i] <= ':') || (name[i] >= 'A' && name[i] <= 'Z') || name[i] == '_' ||
              (name[i] >= 'a' && name[i] <= 'z')))
            return false;
    return size > 0 && size < TAG_NAME_BYTES;
}

struct reader {
    struct crash *crash;
    size_t capacity;
};

/* Of a secret only its name stays here. */
static void add(struct reader *reader, int32_t tid, struct tag_entry entry)
{
    struct tag_words *tags = &reader->crash->tags;
    if (!is_name(entry.name, entry.name_size) || tags->count == reader->capacity)
        return;
    struct tag_word *word = &tags->items[tags->count];
    *word = (struct tag_word){
        .value = entry.value, .size = entry.value_size, .tid = tid, .rank = (uint32_t)tags->count};
    memcpy(word->name, entry.name, entry.name_size);
    tags->count++;
    if (!entry.is_secret && !redact_is_secret(entry.name, entry.name_size) &&
        !secret_value_is(entry.value, entry.value_size))
        return;
    crash_add_secret(reader->crash, WORDS, word->name, tid > 0 ? tid : 0, entry.value, entry.value_size);
    word->value = CRUMPLE_SECRET;
    word->size = sizeof CRUMPLE_SECRET - 1;
}

/* 'given LIST'. The list is in the note, without a NUL at its end. */
static void add_given(struct reader *reader, const char *text, size_t size)
{
    struct tag_entry entry;
    for (size_t end; size; text += end, size -= end) {
        const char *comma = memchr(text, ',', size);
        end = comma ? (size_t)(comma - text) + 1 : size;
        if (tag_list_entry(text, end - (comma != NULL), &entry))
            add(reader, GIVEN, entry);
    }
}

static void add_line(struct reader *reader, const char *line, size_t size)
{
    static const char given[] = CRUMPLE_TAGS_GIVEN " ";
    struct tag_entry entry = {0};
    int64_t tid = 0;
    size_t at = 0;
    if (size > sizeof given - 1 && memcmp(line, given, sizeof given - 1) == 0) {
        add_given(reader, line + sizeof given - 1, size - (sizeof given - 1));
        return;
    }
    while (at < size && line[at] >= '0' && line[at] <= '9' && tid <= INT32_MAX)
        tid = tid * 10 + (line[at++] - '0');
    if (at == 0 || at == size || line[at++] != ' ' || tid > INT32_MAX)
        return;
    entry.is_secret = at < size && line[at] == '!';
    at += entry.is_secret;
    const char *equals = memchr(line + at, '=', size - at);
    if (!equals)
        return;
    entry.name = line + at;
    entry.name_size = (size_t)(equals - entry.name);
    entry.value = equals + 1;
    entry.value_size = (size_t)(line + size - entry.value);
    add(reader, (int32_t)tid, entry);
}

static int compare(const void *left, const void *right)
{
    const struct tag_word *a = left, *b = right;
    if (a->tid != b->tid)
        return a->tid < b->tid ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* At most as many as there are '='. */
static size_t count_entries(struct core_span note)
{
    size_t count = 0;
    for (size_t i = 0; i < note.size; i++)
        count += note.bytes[i] == '=';
    return count < TAGS_MAX ? count : TAGS_MAX;
}

void tags_gather(struct crash *crash)
{
    const struct core_span note = crash->notes.tags;
    struct reader reader = {crash, count_entries(note)};
    crash->tags = (struct tag_words){.items = calloc(reader.capacity + 1, sizeof *crash->tags.items)};
    if (!crash->tags.items) {
        crash_add_soft_error(crash, "tags: out of memory");
        return;
    }
    const char *at = (const char *)note.bytes, *end = at + note.size;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next : end;
        add_line(&reader, at, (size_t)(next - at));
    }
    qsort(crash->tags.items, crash->tags.count, sizeof *crash->tags.items, compare);
}

size_t tags_of_thread(const struct crash *crash, int32_t tid, size_t *ret_first)
{
    size_t low = 0, high = crash->tags.count, count = 0;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (crash->tags.items[middle].tid < tid)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < crash->tags.count && crash->tags.items[low + count].tid == tid)
        count++;
    *ret_first = low;
    return count;
}

struct merged {
    struct tag_word *items;
    size_t count;
};

static void merge_one(struct merged *all, const struct tag_word *word)
{
    size_t at = 0;
    while (at < all->count && strcmp(all->items[at].name, word->name) != 0)
        at++;
    if (at == TAGS_MERGED_MAX)
        return;
    all->items[at] = *word;
    all->count += at == all->count;
}

static void merge_text(struct merged *all, const char *name, const char *value)
{
    struct tag_word word = {.value = value, .size = strlen(value)};
    const size_t size = strlen(name);
    if (!is_name(name, size))
        return;
    memcpy(word.name, name, size);
    merge_one(all, &word);
}

static void merge_thread(struct merged *all, const struct crash *crash, int32_t tid)
{
    size_t first, count = tags_of_thread(crash, tid, &first);
    for (size_t i = 0; i < count; i++)
        merge_one(all, &crash->tags.items[first + i]);
}

size_t tags_merge(const struct crash *crash, struct tag_word ret[TAGS_MERGED_MAX])
{
    struct merged all = {ret, 0};
    merge_thread(&all, crash, GIVEN);
    const struct logged_tags *logged =
        notes_is_logged(&crash->notes) ? &crash->logged.tags : &crash->go.labels;
    for (size_t i = 0; i < logged->count; i++)
        merge_text(&all, logged->items[i].key, logged->items[i].value);
    const bool is_dump = notes_is_dump(&crash->notes); /* the thread that was asked for it is any one */
    merge_thread(&all, crash, 0);
    for (size_t i = 0; i < crash->watch.count; i++) {
        const struct watch_result *item = &crash->watch.items[i];
        if (item->value.text && !(item->is_per_thread && is_dump))
            merge_text(&all, item->entry.name, item->value.text);
    }
    if (crash->notes.thread_count && !is_dump)
        merge_thread(&all, crash, crash_thread(crash)->tid);
    return all.count;
}
