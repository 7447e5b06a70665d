/* SPDX-License-Identifier: MIT */
/* A report for people: header, stacks, and what is not as it should be. Threads with the same stack are folded: a
 * server's thousand workers wait in a handful of places. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lookup/source_text.h"
#include "read/report.h"
#include "show/show.h"

/* Everything that is printed of a thread but its id and name. The caller frees it. */
static char *stack_key(const json_t *thread)
{
    static const char *const facts[] = {"state", "reason", "routine"};
    const json_t *frames = json_object_get(thread, "frames"), *frame;
    char *key = NULL;
    size_t size, at;
    FILE *to = open_memstream(&key, &size);

    if (!to)
        return NULL;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *fact = report_string(thread, facts[i]);

        fprintf(to, "%s\n", fact ? fact : "");
    }
    fprintf(to, "%d%d\n", report_is_true(thread, "also_faulted"), report_is_true(thread, "truncated"));
    json_array_foreach(frames, at, frame)
    {
        const char *pc = report_string(frame, "pc"), *trust = report_string(frame, "trust");

        fprintf(to, "%s %s\n", pc ? pc : "", trust ? trust : "");
    }
    if (fclose(to) == 0)
        return key;
    free(key);
    return NULL;
}

static int add_group(struct show_group *groups, size_t *count, json_t *thread)
{
    json_t *threads = json_array();

    if (!threads || json_array_append(threads, thread) < 0) {
        json_decref(threads);
        return -ENOMEM;
    }
    groups[(*count)++] = (struct show_group){.thread = thread, .threads = threads};
    return 0;
}

/* Larger groups first, then by the lowest thread id. */
static int compare_groups(const void *a, const void *b)
{
    const struct show_group *x = a, *y = b;
    size_t n = json_array_size(x->threads), m = json_array_size(y->threads);
    int64_t s = report_number(x->thread, "tid", 0), t = report_number(y->thread, "tid", 0);

    if (n != m)
        return n > m ? -1 : 1;
    return s == t ? 0 : s < t ? -1 : 1;
}

static int fold(const json_t *threads, bool wanted, struct show_group *groups, size_t *count)
{
    json_t *numbers = json_object(); /* key of a stack: number of its group */
    int error = numbers ? 0 : -ENOMEM;

    for (size_t i = 0; error == 0 && i < json_array_size(threads); i++) {
        json_t *thread = json_array_get(threads, i), *number = NULL;
        char *key = wanted && i > 0 ? stack_key(thread) : NULL;

        if (key)
            number = json_object_get(numbers, key);
        if (number) {
            error = json_array_append(groups[json_integer_value(number)].threads, thread) < 0 ? -ENOMEM : 0;
        } else {
            if (key && json_object_set_new_nocheck(numbers, key, json_integer((json_int_t)*count)) < 0)
                error = -ENOMEM;
            else
                error = add_group(groups, count, thread);
        }
        free(key);
    }
    json_decref(numbers);
    return error;
}

/* Gather threads, each by itself or those with the same stack together, larger groups first; the first thread, which
 * faulted, always stays alone and first. free_groups frees *ret_groups. */
static int make_groups(const json_t *threads, bool fold_equal, struct show_group **ret_groups,
                       size_t *ret_count)
{
    struct show_group *groups = calloc(json_array_size(threads) + 1, sizeof *groups);
    size_t count = 0;
    int error = groups ? fold(threads, fold_equal, groups, &count) : -ENOMEM;

    if (error == 0 && fold_equal && count > 2)
        qsort(groups + 1, count - 1, sizeof *groups, compare_groups);
    *ret_groups = groups;
    *ret_count = count;
    return error;
}

static void free_groups(struct show_group *groups, size_t count)
{
    for (size_t i = 0; groups && i < count; i++) {
        json_decref(groups[i].threads);
        free(groups[i].parts);
    }
    free(groups);
}

/* Ask for what is shown of a stack. */
static int ask_stack(const struct show *show, struct show_group *group)
{
    json_t *frames = json_object_get(group->thread, "frames"), *named[SHOW_PART_NAMES];
    size_t shown = 0;
    int error = 0;

    group->parts = show_parts(show, group->thread, &group->part_count);
    if (!group->parts)
        return -ENOMEM;
    for (size_t i = 0; error == 0 && i < group->part_count && (!show->frames || shown < show->frames); i++) {
        const struct stack_part *part = &group->parts[i];
        size_t names = part->kind == PART_FRAME ? 0 : show_part_names(group->thread, part, named);

        for (size_t k = 0; error == 0 && k < names && k < SHOW_PART_NAMES; k++)
            error = lookup_add_frame(show->lookup, named[k]);
        if (error == 0 && part->kind == PART_FRAME) {
            error = lookup_add_frame(show->lookup, json_array_get(frames, part->first));
            shown++;
        }
    }
    return error;
}

/* Ask for everything that will be printed, and nothing else: thousands of threads share few stacks. */
static int ask(const struct show *show, struct show_group *groups, size_t count)
{
    const json_t *exit = json_object_get(show->report, "exit");
    int error = 0;

    for (size_t i = 0; error == 0 && i < count; i++) {
        error = lookup_add_text(show->lookup, report_string(groups[i].thread, "routine"));
        if (error == 0)
            error = ask_stack(show, &groups[i]);
    }
    if (error == 0 && count > 0)
        error = show_ask_missing(show, groups[0].thread);
    if (error == 0)
        error = lookup_add_text(show->lookup, report_string(show->report, "title"));
    if (error == 0)
        error = lookup_add_text(show->lookup, report_string(show->report, "signature"));
    if (error == 0)
        error = lookup_add_text(show->lookup, report_string(exit, "description"));
    if (error == 0)
        error = lookup_add_text(show->lookup, report_string(json_object_get(exit, "caller"), "function"));
    return error;
}

int show_report(struct show *show, const char **ret_reason)
{
    struct show_group *groups = NULL;
    size_t count = 0;
    int error = make_groups(json_object_get(show->report, "threads"), !show->all, &groups, &count);

    *ret_reason = NULL;
    show->lookup = lookup_new();
    if (!show->lookup)
        error = -ENOMEM;
    else
        lookup_use(show->lookup, show->sources);
    if (error == 0)
        error = ask(show, groups, count);
    if (error == 0) {
        const char *reason;

        if (lookup_run(show->lookup, show->demangle, &reason) < 0)
            *ret_reason = reason;
        show->texts = source_texts_new(show->sources);
        show_header(show);
        show_logged_stack(show);
        show_go_stack(show);
        show_threads(show, groups, count);
        show_goroutines(show);
        show_context_long(show);
        show_last_logged(show);
        show_output(show);
        show_notes(show);
    }
    free_groups(groups, count);
    source_texts_free(show->texts);
    lookup_free(show->lookup);
    return error;
}
