/* SPDX-License-Identifier: MIT */
/* See page/stacks.h. */
#include "page/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read/report.h"

/* Threads with one stack. Strings are the report's. */
struct stack {
    uint64_t count;
    size_t order;
    const char *names[STACKS_NAMES_MAX];
    size_t name_count;
    const char *routine, *note;
    bool is_note_common, cut;
    int64_t end;
    size_t frame_count;
    uint32_t frames[STACKS_FRAMES_MAX];
};

struct stacks {
    struct stack *items;
    size_t count, room;
    json_t *numbers; /* what makes two stacks equal: number of the item */
};

static int read_frames(struct page_tables *tables, const json_t *frames, struct stack *stack)
{
    json_t *frame;
    size_t i;

    json_array_foreach(frames, i, frame)
    {
        ssize_t number = i < STACKS_FRAMES_MAX ? page_frames_add(tables->frames, frame) : -ENOSPC;

        if (number == -ENOSPC) {
            stack->cut = true;
            break;
        }
        if (number < 0)
            return (int)number;
        stack->frames[stack->frame_count++] = (uint32_t)number;
    }
    return 0;
}

static char *key_of(const struct stack *stack)
{
    char *key = NULL;
    size_t size;
    FILE *to = open_memstream(&key, &size);

    if (!to)
        return NULL;
    fprintf(to, "%s\n%d", stack->routine ? stack->routine : "", stack->cut);
    for (size_t i = 0; i < stack->frame_count; i++)
        fprintf(to, " %u", stack->frames[i]);
    if (fclose(to) == 0)
        return key;
    free(key);
    return NULL;
}

static void add_name(struct stack *stack, const char *name)
{
    for (size_t i = 0; name && i < stack->name_count; i++)
        if (strcmp(stack->names[i], name) == 0)
            return;
    if (name && *name && stack->name_count < STACKS_NAMES_MAX)
        stack->names[stack->name_count++] = name;
}

static int append(struct stacks *stacks, const struct stack *stack)
{
    if (stacks->count == stacks->room) {
        size_t room = stacks->room ? stacks->room * 2 : 16;
        struct stack *grown = reallocarray(stacks->items, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        stacks->items = grown;
        stacks->room = room;
    }
    stacks->items[stacks->count] = *stack;
    stacks->items[stacks->count].order = stacks->count;
    stacks->count++;
    return 0;
}

/* The first stack stays alone: it is the one that faulted. */
static int add(struct stacks *stacks, const struct stack *stack)
{
    char *key = key_of(stack);
    const json_t *known = key && stacks->count > 0 ? json_object_get(stacks->numbers, key) : NULL;
    int error = key ? 0 : -ENOMEM;

    if (known) {
        struct stack *like = &stacks->items[json_integer_value(known)];

        like->count += stack->count;
        like->is_note_common &= (like->note == stack->note) ||
                                (like->note && stack->note && strcmp(like->note, stack->note) == 0);
        if (stack->name_count > 0)
            add_name(like, stack->names[0]);
    } else if (key) {
        if (stacks->count > 0 &&
            json_object_set_new_nocheck(stacks->numbers, key, json_integer((json_int_t)stacks->count)) < 0)
            error = -ENOMEM;
        else
            error = append(stacks, stack);
    }
    free(key);
    return error;
}

/* Why it was not captured, else what it waits for. */
static const char *note_of(const json_t *thread)
{
    const char *state = report_string(thread, "state"), *reason = report_string(thread, "reason");

    if (state && strcmp(state, "captured") != 0)
        return reason ? reason : state;
    return report_string(json_object_get(thread, "blocked"), "text");
}

static int add_threads(struct page_tables *tables, const json_t *report, struct stacks *stacks)
{
    const json_t *threads = json_object_get(report, "threads"), *thread;
    size_t i;
    int error = 0;

    json_array_foreach(threads, i, thread)
    {
        struct stack stack = {.count = 1,
                              .routine = report_string(thread, "routine"),
                              .note = note_of(thread),
                              .is_note_common = true,
                              .cut = report_is_true(thread, "truncated"),
                              .end = report_number(thread, "end_frames", 0)};

        add_name(&stack, report_string(thread, "name"));
        if (error == 0)
            error = read_frames(tables, json_object_get(thread, "frames"), &stack);
        if (error == 0)
            error = add(stacks, &stack);
    }
    return error;
}

/* Groups of goroutines are folded already. The first one is the thread that add_threads has taken, where Go's runtime ended the
 * process. */
static int add_goroutines(struct page_tables *tables, const json_t *report, struct stacks *stacks)
{
    const json_t *groups = json_object_get(json_object_get(report, "go"), "groups"), *group;
    size_t i;
    int error = 0;

    json_array_foreach(groups, i, group)
    {
        const int64_t count = report_number(group, "count", 1);
        struct stack stack = {.count = count > 0 ? (uint64_t)count : 1,
                              .routine = report_string(group, "created_by"),
                              .note = report_string(group, "state"),
                              .is_note_common = true,
                              .cut = report_is_true(group, "elided")};

        add_name(&stack, "goroutine");
        if (error != 0 || (i == 0 && stacks->count > 0))
            continue;
        error = read_frames(tables, json_object_get(group, "frames"), &stack);
        if (error == 0)
            error = append(stacks, &stack);
    }
    return error;
}

/* What a server has logged of its own stack. */
static int add_logged(struct page_tables *tables, const json_t *report, struct stacks *stacks)
{
    const json_t *frames = json_object_get(json_object_get(report, "logged"), "frames");
    struct stack stack = {.count = 1};

    if (json_array_size(frames) == 0 || stacks->count > 0)
        return 0;
    add_name(&stack, "as it was logged");
    int error = read_frames(tables, frames, &stack);
    return error ? error : append(stacks, &stack);
}

/* The first one first, then the largest, then as they came. */
static int compare(const void *a, const void *b)
{
    const struct stack *x = a, *y = b;

    if (x->order == 0 || y->order == 0)
        return x->order == 0 ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void write_stack(struct page_tables *tables, const struct stack *stack, FILE *to)
{
    fprintf(to, "{\"count\":%llu,\"routine\":%zu,\"note\":%zu,\"end\":%lld,\"cut\":%s,\"names\":[",
            (unsigned long long)stack->count, page_strings_add_names(tables->strings, stack->routine),
            page_strings_add(tables->strings, stack->is_note_common ? stack->note : NULL),
            (long long)stack->end, stack->cut ? "true" : "false");
    for (size_t i = 0; i < stack->name_count; i++)
        fprintf(to, "%s%zu", i > 0 ? "," : "", page_strings_add(tables->strings, stack->names[i]));
    fputs("],\"frames\":[", to);
    for (size_t i = 0; i < stack->frame_count; i++)
        fprintf(to, "%s%u", i > 0 ? "," : "", stack->frames[i]);
    fputs("]}", to);
}

/* Of the frames that may be to blame: the innermost ones of the program's own. */
static void want_texts(struct page_tables *tables, const struct stack *stack)
{
    size_t wanted = 0;

    for (size_t i = stack->end > 0 ? (size_t)stack->end : 0;
         i < stack->frame_count && wanted < STACKS_TEXTS_MAX; i++)
        wanted += page_frames_want_text(tables->frames, stack->frames[i]);
}

int page_stacks_write(struct page_tables *tables, const json_t *report, FILE *to, size_t *ret_threads,
                      size_t *ret_left)
{
    struct stacks stacks = {.numbers = json_object()};
    int error = stacks.numbers ? add_threads(tables, report, &stacks) : -ENOMEM;

    if (error == 0)
        error = add_goroutines(tables, report, &stacks);
    if (error == 0)
        error = add_logged(tables, report, &stacks);
    if (error == 0 && stacks.count > 1)
        qsort(stacks.items, stacks.count, sizeof stacks.items[0], compare);
    if (error == 0 && stacks.count > 0)
        want_texts(tables, &stacks.items[0]);
    *ret_threads = *ret_left = 0;
    putc('[', to);
    for (size_t i = 0; error == 0 && i < stacks.count; i++) {
        *ret_threads += stacks.items[i].count;
        if (i >= STACKS_MAX) {
            *ret_left += stacks.items[i].count;
            continue;
        }
        fputs(i > 0 ? "," : "", to);
        write_stack(tables, &stacks.items[i], to);
    }
    putc(']', to);
    free(stacks.items);
    json_decref(stacks.numbers);
    return error;
}
