/* SPDX-License-Identifier: MIT */
/*
 * Answers to what tests ask of a report most, so that they need not start gojq for it. A question is written as for
 * gojq, and answered as 'gojq -r' would: paths of plain values ('.signal.name', '.threads[0].frames[0].pc'), lengths of
 * arrays, and how many threads there are of a kind. Of the threads only the first one is spelled out, and of its frames
 * the first eight.
 */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX   8
#define MAX_ELEMENTS 16

static void answer(const char *question, const char *text)
{
    fwrite(question, 1, strlen(question) + 1, stdout);
    fwrite(text, 1, strlen(text) + 1, stdout);
}

static void answer_number(const char *question, long long number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", number);
    answer(question, text);
}

static void answer_value(const char *path, const json_t *value);

static void answer_array(const char *path, const json_t *array)
{
    char question[512];
    size_t count = json_array_size(array), last = MAX_ELEMENTS;
    snprintf(question, sizeof question, "%s | length", path);
    answer_number(question, (long long)count);
    if (strcmp(path, ".threads") == 0)
        last = 1;
    else if (strcmp(path, ".threads[0].frames") == 0)
        last = FRAMES_MAX;
    else if (strcmp(path, ".modules") == 0)
        last = 0;
    for (size_t i = 0; i < count && i < last; i++) {
        snprintf(question, sizeof question, "%s[%zu]", path, i);
        answer_value(question, json_array_get(array, i));
    }
}

static void answer_value(const char *path, const json_t *value)
{
    char question[512];
    const char *name;
    json_t *member;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach((json_t *)value, name, member)
        {
            snprintf(question, sizeof question, "%s.%s", path, name);
            answer_value(question, member);
        }
        break;
    case JSON_ARRAY:
        answer_array(path, value);
        break;
    case JSON_STRING:
        if (strlen(json_string_value(value)) == json_string_length(value))
            answer(path, json_string_value(value));
        break;
    case JSON_INTEGER:
        answer_number(path, json_integer_value(value));
        break;
    case JSON_REAL:
        break; /* gojq has an own way to print them */
    default:
        answer(path, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
    }
}

static void count_threads(const json_t *threads)
{
    long captured = 0, crashed = 0;
    size_t i;
    json_t *thread;
    json_array_foreach(threads, i, thread)
    {
        const char *state = string_at(thread, "state");
        captured += state && strcmp(state, "captured") == 0;
        crashed += json_is_true(value_at(thread, "crashed"));
    }
    answer_number("[.threads[] | select(.state == \"captured\")] | length", captured);
    answer_number("[.threads[] | select(.state != \"captured\")] | length",
                  (long long)json_array_size(threads) - captured);
    answer_number("[.threads[] | select(.crashed)] | length", crashed);
}

/* The names of all functions on the first thread's stack, a blank between two. */
static void name_calls(const json_t *frames)
{
    char *names = NULL;
    size_t bytes, i;
    json_t *frame;
    FILE *list = open_memstream(&names, &bytes);
    if (!list)
        wrong("out of memory");
    json_array_foreach(frames, i, frame)
    {
        const char *function = string_at(frame, "function");
        fprintf(list, "%s%s", i > 0 ? " " : "", function ? function : "?");
    }
    fclose(list);
    answer("[.threads[0].frames[].function // \"?\"] | join(\" \")", names);
    free(names);
}

void print_answers(const struct findings *findings)
{
    const json_t *threads = value_at(findings->report, "threads");
    if (!findings->report)
        return;
    answer("bundle", findings->bundle);
    answer_value("", findings->report);
    count_threads(threads);
    name_calls(value_at(json_array_get(threads, 0), "frames"));
}
