/* SPDX-License-Identifier: MIT */
/* Which frames of a stack are shown, and whose names stand for those that are not. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/report.h"
#include "show/show.h"
#include "fnv.h"

static bool is_crumple(const json_t *frame)
{
    const char *module = report_string(frame, "module");

    return module && strncmp(text_base_name(module), "libcrumple.so", strlen("libcrumple.so")) == 0;
}

static uint64_t hash(uint64_t hash, const char *text)
{
    return text ? fnv_add(hash, text, strlen(text)) : hash;
}

/* The same number for all frames of one function; of a function without a name, for all at one address. */
static uint64_t function_of(const json_t *frame)
{
    const char *function = report_string(frame, "function");

    if (!function)
        return hash(FNV_BASIS, report_string(frame, "pc"));
    return hash(hash(UINT64_C(0x84222325cbf29ce4), report_string(frame, "module")), function);
}

struct stack_part *show_parts(const struct show *show, const json_t *thread, size_t *ret_count)
{
    const json_t *frames = json_object_get(thread, "frames"), *frame;
    const size_t count = json_array_size(frames);
    const int64_t end_frames = report_number(thread, "end_frames", 0);
    struct stack_part *parts = calloc(count + 1, sizeof *parts);
    struct stack_frame *kinds = calloc(count + 1, sizeof *kinds);
    size_t i;

    *ret_count = 0;
    json_array_foreach(frames, i, frame)
    {
        if (!parts || !kinds)
            break;
        kinds[i].function = function_of(frame);
        kinds[i].kind = is_crumple(frame)                  ? STACK_CRUMPLE
                        : report_is_true(frame, "runtime") ? STACK_RUNTIME
                                                           : STACK_APPLICATION;
        parts[i] = (struct stack_part){.kind = PART_FRAME, .first = i, .span = 1, .count = 1};
    }
    if (parts && kinds)
        *ret_count =
            show->all ? count : stack_outline(kinds, count, end_frames > 0 ? (size_t)end_frames : 0, parts);
    free(kinds);
    if (kinds)
        return parts;
    free(parts);
    return NULL;
}

size_t show_part_names(const json_t *thread, const struct stack_part *part,
                       json_t *ret_frames[SHOW_PART_NAMES])
{
    const bool is_recursion = part->kind == PART_RECURSION;
    const size_t first = is_recursion ? part->first - part->period : part->first;
    size_t names = 0;

    for (size_t i = first + (is_recursion ? part->period : part->span); i > first; i--) {
        json_t *frame = json_array_get(json_object_get(thread, "frames"), i - 1);
        bool is_known = !report_string(frame, "function") || is_crumple(frame);

        for (size_t k = 0; k < names && k < SHOW_PART_NAMES && !is_known; k++)
            is_known = function_of(ret_frames[k]) == function_of(frame);
        if (is_known)
            continue;
        if (names < SHOW_PART_NAMES)
            ret_frames[names] = frame;
        names++;
    }
    return names;
}
