/* SPDX-License-Identifier: MIT */
#include "watch/watch_values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/watch_format.h"

#define PAGE       UINT64_C(4096)
#define WHY_BYTES  600
#define WORD_BYTES 8
#define TEXT_BYTES 512 /* of a value as debug information has it */

struct reading {
    struct watch_memory *memory;
    const struct watch_found *found;
    struct watch_target *targets;
    size_t count;
    struct peek_item *items; /* for one question */
};

static bool is_failed(const struct watch_target *target)
{
    return target->value.error != NULL;
}

/* What one of the pointers is called. */
static const char *name_of(const struct watch_found *found, unsigned step, int *ret_size)
{
    const struct watch_follow *follow = &found->plan.follows[step];
    *ret_size = (int)(follow->end - follow->first);
    return found->entry->expression + follow->first;
}

static const char *why_unread(int error)
{
    return error == -EFAULT      ? "is not mapped"
           : error == -EACCES    ? "is memory that the program keeps out of cores"
           : error == -ETIMEDOUT ? "could not be read: the process did not answer in time"
                                 : "is not in the core, and the process could not be asked";
}

/* The pointers that were read before it broke: ' (g_ctx is 0x...)'. */
static void add_trail(const struct watch_found *found, const struct watch_target *target, unsigned count,
                      char *why)
{
    for (unsigned i = 0; i < count; i++) {
        const size_t used = strlen(why);
        int size;
        const char *name = name_of(found, i, &size);
        snprintf(why + used, WHY_BYTES - used, "%s%.*s is 0x%" PRIx64 "%s", i ? ", " : " (", size, name,
                 target->trail[i], i + 1 == count ? ")" : "");
    }
}

/* steps: so many pointers were followed; the last of them leads to what could not be read. */
static void fail_read(const struct watch_found *found, struct watch_target *target, unsigned steps, int error)
{
    char why[WHY_BYTES];
    int size = 0;
    const char *name = steps ? name_of(found, steps - 1, &size) : "";
    if (!steps)
        snprintf(why, sizeof why, "0x%" PRIx64 " %s", target->address, why_unread(error));
    else
        snprintf(why, sizeof why, "0x%" PRIx64 " %s: there %.*s leads", target->address, why_unread(error),
                 size, name);
    add_trail(found, target, steps, why);
    target->value.error = strdup(why);
    if (steps && error == -EFAULT)
        target->value.broke_at = strndup(name, (size_t)size);
}

static void fail_null(const struct watch_found *found, struct watch_target *target, unsigned step)
{
    char why[WHY_BYTES];
    int size;
    const char *name = name_of(found, step, &size);
    snprintf(why, sizeof why, "%.*s is NULL", size, name);
    add_trail(found, target, step, why);
    target->value.error = strdup(why);
    target->value.broke_at = strndup(name, (size_t)size);
}

/* Reads 'size' bytes of each target that has not failed, into its place in bytes. Sets r->items[i].error of each. */
static void read_each(struct reading *r, uint8_t *bytes, size_t room, const uint32_t *sizes)
{
    struct peek_item *asked = calloc(r->count + 1, sizeof *asked);
    size_t asked_count = 0;
    for (size_t i = 0; i < r->count; i++) {
        r->items[i].error = -ENODATA;
        if (asked && !is_failed(&r->targets[i]) && sizes[i])
            asked[asked_count++] = (struct peek_item){
                .address = r->targets[i].address, .bytes = bytes + i * room, .size = sizes[i]};
    }
    if (asked)
        watch_memory_read(r->memory, asked, asked_count);
    for (size_t i = 0, j = 0; asked && i < r->count; i++)
        if (!is_failed(&r->targets[i]) && sizes[i])
            r->items[i].error = asked[j++].error;
    free(asked);
}

static void follow(struct reading *r, unsigned step, uint64_t *words, const uint32_t *sizes)
{
    read_each(r, (uint8_t *)words, WORD_BYTES, sizes);
    for (size_t i = 0; i < r->count; i++) {
        struct watch_target *target = &r->targets[i];
        if (is_failed(target))
            continue;
        if (r->items[i].error) {
            fail_read(r->found, target, step, r->items[i].error);
            continue;
        }
        target->trail[step] = words[i];
        if (!words[i])
            fail_null(r->found, target, step);
        else
            target->address = words[i] + (uint64_t)r->found->plan.follows[step].add;
    }
}

static void take_text(struct watch_target *target, const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    target->value.text = strndup(text, end ? (size_t)(end - text) : size);
}

/* A text that goes on behind a page's end. */
static void read_rest(struct reading *r, struct watch_target *target, char *text, size_t used, size_t most)
{
    if (used < most && !memchr(text, '\0', used) &&
        watch_memory_get(r->memory, target->address + used, text + used, most - used))
        used = most;
    take_text(target, text, used);
}

static void read_texts(struct reading *r, uint8_t *bytes, uint32_t *sizes)
{
    const struct watch_plan *plan = &r->found->plan;
    const size_t most = plan->size && plan->size < WATCH_TEXT_MAX ? plan->size : WATCH_TEXT_MAX;
    for (size_t i = 0; i < r->count; i++) {
        const uint64_t left = PAGE - r->targets[i].address % PAGE;
        sizes[i] = (uint32_t)(left < most ? left : most);
    }
    read_each(r, bytes, WATCH_TEXT_MAX, sizes);
    for (size_t i = 0; i < r->count; i++) {
        struct watch_target *target = &r->targets[i];
        if (is_failed(target))
            continue;
        if (r->items[i].error)
            fail_read(r->found, target, plan->follow_count, r->items[i].error);
        else
            read_rest(r, target, (char *)bytes + i * WATCH_TEXT_MAX, sizes[i], most);
    }
}

/* Without a type: eight bytes that are the address of mapped memory are a pointer, all others text. */
static void choose_text(struct reading *r, struct watch_target *target)
{
    uint64_t pointer;
    char byte;
    if (watch_memory_get(r->memory, target->address, &pointer, sizeof pointer) && pointer >= PAGE &&
        watch_memory_get(r->memory, pointer, &byte, 1))
        target->address = pointer;
}

/* A pointer to text is followed here: its last name is the whole expression's. */
static void point_to_text(struct reading *r, uint64_t *words, const uint32_t *sizes)
{
    read_each(r, (uint8_t *)words, WORD_BYTES, sizes);
    for (size_t i = 0; i < r->count; i++) {
        struct watch_target *target = &r->targets[i];
        if (is_failed(target))
            continue;
        if (r->items[i].error) {
            fail_read(r->found, target, r->found->plan.follow_count, r->items[i].error);
        } else if (words[i]) {
            target->address = words[i];
        } else {
            const struct watch_entry *e = r->found->entry;
            char why[WHY_BYTES];
            snprintf(why, sizeof why, "%.*s is NULL", (int)e->expression_size, e->expression);
            add_trail(r->found, target, r->found->plan.follow_count, why);
            target->value.error = strdup(why);
            target->value.broke_at = strndup(e->expression, e->expression_size);
        }
    }
}

/* Whether the value of a target has been read; if not, the target says why. */
static bool has_bytes(struct reading *r, size_t i)
{
    if (is_failed(&r->targets[i]))
        return false;
    if (r->items[i].error)
        fail_read(r->found, &r->targets[i], r->found->plan.follow_count, r->items[i].error);
    return !r->items[i].error;
}

static void read_numbers(struct reading *r, uint64_t *words, uint32_t *sizes)
{
    const struct watch_plan *plan = &r->found->plan;
    char text[64];
    for (size_t i = 0; i < r->count; i++)
        sizes[i] = (uint32_t)plan->size;
    read_each(r, (uint8_t *)words, WORD_BYTES, sizes);
    for (size_t i = 0; i < r->count; i++) {
        struct watch_target *target = &r->targets[i];
        if (!has_bytes(r, i))
            continue;
        watch_format(plan->type, &words[i], text, sizeof text);
        target->value.text = strdup(text);
    }
}

/* As debug information has it. Up to a word the bytes come with one question for all threads. */
static void read_typed(struct reading *r, uint64_t *words, uint32_t *sizes)
{
    const struct watch_plan *plan = &r->found->plan;
    const struct typed_limits limits = {.is_plain = true, .unreadable = "<not known>"};
    const struct typed_memory memory = watch_memory_typed(r->memory);
    const bool is_word = plan->size <= WORD_BYTES && !plan->bits.size;
    char text[TEXT_BYTES];
    for (size_t i = 0; i < r->count; i++)
        sizes[i] = is_word ? (uint32_t)plan->size : 1;
    read_each(r, (uint8_t *)words, WORD_BYTES, sizes);
    for (size_t i = 0; i < r->count; i++) {
        struct watch_target *target = &r->targets[i];
        if (!has_bytes(r, i))
            continue;
        const struct typed_value value = {.bytes = is_word ? (const uint8_t *)&words[i] : NULL,
                                          .size = is_word ? (size_t)plan->size : 0,
                                          .address = target->address,
                                          .bits = plan->bits};
        (void)typed_print(&plan->typed, &value, &memory, &limits, text, sizeof text);
        target->value.text = strdup(text);
    }
}

static void read_values(struct reading *r, uint64_t *words, uint32_t *sizes, uint8_t *texts)
{
    const struct watch_plan *plan = &r->found->plan;
    for (size_t i = 0; i < r->count; i++) {
        sizes[i] = WORD_BYTES;
        r->targets[i].address = r->targets[i].start + plan->address;
    }
    for (unsigned step = 0; step < plan->follow_count; step++)
        follow(r, step, words, sizes);
    if (plan->text == WATCH_TEXT_POINTER)
        point_to_text(r, words, sizes);
    for (size_t i = 0; plan->text == WATCH_TEXT_EITHER && i < r->count; i++)
        if (!is_failed(&r->targets[i]))
            choose_text(r, &r->targets[i]);
    if (plan->text)
        read_texts(r, texts, sizes);
    else if (plan->type)
        read_numbers(r, words, sizes);
    else
        read_typed(r, words, sizes);
}

void watch_values_read(struct watch_memory *memory, const struct watch_found *found,
                       struct watch_target *targets, size_t count)
{
    struct reading r = {.memory = memory,
                        .found = found,
                        .targets = targets,
                        .count = count,
                        .items = calloc(count + 1, sizeof *r.items)};
    uint64_t *words = calloc(count + 1, sizeof *words);
    uint32_t *sizes = calloc(count + 1, sizeof *sizes);
    uint8_t *texts = found->plan.text ? calloc(count + 1, WATCH_TEXT_MAX) : NULL;
    if (r.items && words && sizes && (texts || !found->plan.text))
        read_values(&r, words, sizes, texts);
    free(texts);
    free(sizes);
    free(words);
    free(r.items);
}
