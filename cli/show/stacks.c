/* SPDX-License-Identifier: MIT */
/* Stacks for people: one line a frame, and one more for each function that the compiler inlined into it. */
#include <stdio.h>
#include <string.h>

#include "read/report.h"
#include "show/locals.h"
#include "show/show.h"
#include "show/source.h"
#include "base/text.h"

#define TIDS_MAX 12 /* of a group, unless all are wanted */

static void put_bold(const struct show *show, const char *text)
{
    fputs(show->colors.bold, stdout);
    text_put(stdout, text);
    fputs(show->colors.reset, stdout);
}

/* What stands below the lines of a stack. */
struct below {
    bool locals;
    struct show_source source;
};

/* Functions inlined into the frame, innermost first. Returns their number. */
static size_t put_inlined(const struct show *show, size_t number, const json_t *frame, const json_t *places,
                          const struct below *below)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(places); i++) {
        const json_t *place = json_array_get(places, i);
        const char *function = report_string(place, "function");

        if (!report_is_true(place, "inlined"))
            continue;
        printf("  #%-3zu ", number);
        put_bold(show, function ? function : "??");
        show_put_source(report_string(place, "file"), report_number(place, "line", 0));
        fputs(" (inlined)\n", stdout);
        show_source(show, &below->source, number, frame, place);
        if (below->locals)
            show_locals(show, number, count, false);
        count++;
    }
    return count;
}

static void put_function(const struct show *show, json_t *frame, const json_t *place)
{
    const char *function = lookup_function(show->lookup, frame), *module = report_string(frame, "module");
    const json_t *offset = json_object_get(frame, "function_offset");

    if (report_is_true(frame, "signal_frame")) {
        fputs("<signal handler called>", stdout);
        return;
    }
    if (function) {
        put_bold(show, function);
        if (json_is_integer(offset))
            printf("+0x%llx", (unsigned long long)json_integer_value(offset));
        else if (json_is_string(offset)) {
            putchar('+');
            text_put(stdout, json_string_value(offset));
        }
        return;
    }
    if (report_string(place, "function")) {
        put_bold(show, report_string(place, "function"));
        return;
    }
    if (module && report_string(frame, "offset")) {
        text_put(stdout, text_base_name(module));
        putchar('+');
        text_put(stdout, report_string(frame, "offset"));
        return;
    }
    text_put(stdout, report_string(frame, "pc"));
}

/* "libc.so.6" of a path; of a module of Go "arena/v2", whose last word says nothing alone. */
static const char *short_name(const char *module)
{
    const char *name = text_base_name(module);

    if (name[0] != 'v' || !name[1] || name[1 + strspn(name + 1, "0123456789")] || name < module + 2)
        return name;
    const char *slash = memrchr(module, '/', (size_t)(name - module) - 1);
    return slash ? slash + 1 : module;
}

static void put_frame(const struct show *show, size_t number, json_t *frame, const struct below *below)
{
    const json_t *places = lookup_places(show->lookup, frame);
    const json_t *last = json_array_get(places, json_array_size(places) - 1);
    const char *trust = report_string(frame, "trust"), *module = report_string(frame, "module");

    if (report_is_true(last, "inlined"))
        last = NULL;
    if (report_string(frame, "file"))
        last = frame; /* the program's own runtime has printed it */
    size_t inlined = put_inlined(show, number, frame, places, below);
    printf("  #%-3zu ", number);
    if (show->all && report_string(frame, "pc")) {
        text_put(stdout, report_string(frame, "pc"));
        putchar(' ');
    }
    put_function(show, frame, last);
    show_put_source(report_string(last, "file"), report_number(last, "line", 0));
    if (module) {
        printf(" %s[", show->colors.faint);
        text_put(stdout, short_name(module));
        printf("]%s", show->colors.reset);
    }
    if (trust && strcmp(trust, "cfi") != 0 && strcmp(trust, "context") != 0 &&
        strcmp(trust, "printed") != 0) {
        printf(" %s(", show->colors.warning);
        text_put(stdout, trust);
        printf(")%s", show->colors.reset);
    }
    putchar('\n');
    show_source(show, &below->source, number, frame, last);
    if (below->locals)
        show_locals(show, number, inlined, true);
}

/* A line for frames that are not shown. */
static void put_folded(const struct show *show, const json_t *thread, const struct stack_part *part)
{
    json_t *frames[SHOW_PART_NAMES];
    size_t names = show_part_names(thread, part, frames);
    const bool is_recursion = part->kind == PART_RECURSION;

    if (is_recursion)
        printf("  %s %zu more frames%s", text_ellipsis(), part->count, names ? " of " : "");
    else
        printf("  %s(%zu frames of the runtime%s", show->colors.faint, part->count, names ? ": " : "");
    if (names > SHOW_PART_NAMES)
        printf("%s, ", text_ellipsis());
    for (size_t i = names < SHOW_PART_NAMES ? names : SHOW_PART_NAMES; i > 0; i--) {
        text_put(stdout, lookup_short(show->lookup, frames[i - 1]));
        fputs(i > 1 ? ", " : "", stdout);
    }
    if (!is_recursion)
        printf(")%s", show->colors.reset);
    putchar('\n');
}

static void put_stack(const struct show *show, const struct show_group *group)
{
    json_t *frames = json_object_get(group->thread, "frames");
    size_t left = 0, shown = 0;
    const bool is_first = group->thread == json_array_get(json_object_get(show->report, "threads"), 0);
    struct below below = {.locals = show->locals && is_first};

    if (is_first)
        below.source = show_source_choose(show, group);
    for (size_t i = 0; i < group->part_count; i++) {
        const struct stack_part *part = &group->parts[i];

        if (show->frames && shown == show->frames)
            left += part->count;
        else if (part->kind == PART_FRAME)
            put_frame(show, part->first, json_array_get(frames, part->first), &below);
        else
            put_folded(show, group->thread, part);
        shown += part->kind == PART_FRAME && !left;
    }
    if (left)
        printf("  %s %zu more frames (--frames 0 shows all)\n", text_ellipsis(), left);
    if (report_is_true(group->thread, "truncated"))
        printf("  %s the stack continues beyond %s\n", text_ellipsis(),
               show_is_goroutine(show) ? "what Go printed" : "the captured part");
    if (below.locals)
        show_missing_locals(show);
    if (is_first)
        show_missing(show, group->thread);
    show_missing_source(show, &below.source);
}

static void put_name(const char *name)
{
    if (!name || !*name)
        return;
    fputs(" '", stdout);
    text_put(stdout, name);
    putchar('\'');
}

static void put_tid(const json_t *thread)
{
    printf("%lld", (long long)report_number(thread, "tid", 0));
}

/* The name that all threads of a group have, or NULL. */
static const char *common_name(const struct show_group *group)
{
    const char *name = report_string(group->thread, "name");

    for (size_t i = 0; name && i < json_array_size(group->threads); i++) {
        const char *other = report_string(json_array_get(group->threads, i), "name");

        if (!other || strcmp(other, name) != 0)
            return NULL;
    }
    return name;
}

/* What a thread is besides its stack. */
static void put_facts(const struct show *show, const json_t *thread)
{
    const char *routine = report_string(thread, "routine"), *state = report_string(thread, "state");
    const char *reason = report_string(thread, "reason");

    if (json_object_get(show->report, "dump"))
        fputs(report_is_true(thread, "crashed") ? ", was asked for the dump" : "", stdout);
    else if (report_is_true(thread, "crashed"))
        printf(", %s%s%s", show->colors.bad, json_object_get(show->report, "exit") ? "exited" : "faulted",
               show->colors.reset);
    if (report_is_true(thread, "also_faulted"))
        printf(", %salso faulted%s", show->colors.bad, show->colors.reset);
    if (routine) {
        fputs(", started in ", stdout);
        text_put(stdout, lookup_text(show->lookup, routine));
    }
    if (state && strcmp(state, "captured") != 0) {
        printf(", %s", show->colors.warning);
        text_put(stdout, state);
        if (reason) {
            fputs(": ", stdout);
            text_put(stdout, reason);
        }
        fputs(show->colors.reset, stdout);
    }
}

static void put_members(const struct show_group *group, bool named)
{
    size_t count = json_array_size(group->threads);

    for (size_t i = 0; i < count && i < TIDS_MAX; i++) {
        const json_t *thread = json_array_get(group->threads, i);

        fputs(i > 0 ? ", " : ": ", stdout);
        put_tid(thread);
        put_name(named ? report_string(thread, "name") : NULL);
    }
    if (count > TIDS_MAX)
        printf(" and %zu more (--all)", count - TIDS_MAX);
}

static void put_group(const struct show *show, const struct show_group *group)
{
    size_t count = json_array_size(group->threads);
    const char *name = common_name(group);

    if (show_is_goroutine(show)) {
        show_put_goroutine(show);
    } else if (count == 1) {
        fputs("\nThread ", stdout);
        put_tid(group->thread);
        put_name(name);
        put_facts(show, group->thread);
        show_put_watch(group->thread);
    } else {
        printf("\n%zu threads", count);
        put_name(name);
        fputs(" with the same stack", stdout);
        put_facts(show, group->thread);
        put_members(group, !name);
    }
    putchar('\n');
    show_put_blocked(show, group);
    if (count == 1)
        show_put_locks(group->thread);
    show_thread_tags(show, group);
    put_stack(show, group);
}

void show_threads(const struct show *show, const struct show_group *groups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_group(show, &groups[i]);
}
