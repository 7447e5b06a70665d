/* SPDX-License-Identifier: MIT */
/* The threads of a report: all of them, the right one first, walked to where threads begin. */
#include "judge.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *text, const char *other)
{
    return text && strcmp(text, other) == 0;
}

static bool is_captured(const json_t *thread)
{
    return is(string_at(thread, "state"), "captured");
}

static int by_number(const void *one, const void *other)
{
    json_int_t a = *(const json_int_t *)one, b = *(const json_int_t *)other;
    return (a > b) - (a < b);
}

static void all_distinct(const json_t *threads)
{
    size_t count = json_array_size(threads);
    json_int_t *tids = calloc(count + 1, sizeof *tids);
    for (size_t i = 0; tids && i < count; i++)
        tids[i] = json_integer_value(value_at(json_array_get(threads, i), "tid"));
    if (!tids)
        wrong("out of memory");
    qsort(tids, count, sizeof *tids, by_number);
    for (size_t i = 1; i < count; i++)
        if (tids[i] == tids[i - 1])
            wrong("thread %lld is there twice", (long long)tids[i]);
    free(tids);
}

static void each_is_told(const struct settings *settings, const json_t *threads)
{
    long crashed = 0, missing = 0;
    size_t i;
    json_t *thread;
    json_array_foreach(threads, i, thread)
    {
        long long tid = json_integer_value(value_at(thread, "tid"));
        const char *name = string_at(thread, "name");
        crashed += json_is_true(value_at(thread, "crashed"));
        if (!is_captured(thread)) {
            missing++;
            if (!string_at(thread, "reason"))
                wrong("thread %lld is missing without a reason", tid);
        } else if (json_array_size(value_at(thread, "frames")) == 0) {
            wrong("thread %lld is captured without frames", tid);
        }
        if (!name || !name[0])
            wrong("thread %lld has no name", tid);
    }
    want_number("threads marked as crashed", 1, crashed);
    want_number("missing threads", settings->missing, missing);
}

static long long told(const char *out, const char *key)
{
    char *value = value_of(out, key);
    if (!value || !value[0])
        wrong("the victim has not said its %s", key);
    long long number = strtoll(value, NULL, 10);
    free(value);
    return number;
}

void check_first(const struct settings *settings, const struct findings *findings)
{
    char *out = read_file(path_in(settings->tmp, "with.out"), NULL);
    const json_t *report = findings->report;
    want_number("pid", told(out, "pid"), json_integer_value(value_at(report, "pid")));
    want_number("faulting thread", told(out, "tid"), json_integer_value(value_at(report, "crashed_tid")));
    free(out);
}

void check_threads(const struct settings *settings, const struct findings *findings)
{
    char *out = read_file(path_in(settings->tmp, "with.out"), NULL);
    const json_t *threads = value_at(findings->report, "threads"), *first = json_array_get(threads, 0);
    check_first(settings, findings);
    want_number("first thread", told(out, "tid"), json_integer_value(value_at(first, "tid")));
    if (!json_is_true(value_at(first, "crashed")))
        wrong("the first thread is not the one that crashed");
    want_number("threads", told(out, "tasks"), (long long)json_array_size(threads));
    all_distinct(threads);
    each_is_told(settings, threads);
    free(out);
}

/* The unnamed last frame of a stripped program's main thread is its _start. */
static bool at_entry_point(const char *module, const char *offset)
{
    Elf64_Ehdr header;
    FILE *file = fopen(module, "re");
    bool read_all = file && fread(&header, sizeof header, 1, file) == 1;
    if (file)
        fclose(file);
    if (!read_all || !offset)
        return false;
    uint64_t distance = strtoull(offset, NULL, 0) - header.e_entry;
    return distance > 0 && distance < 64;
}

static bool ends_where_threads_begin(const json_t *frame)
{
    static const char *const starts[] = {"_start", "clone", "__clone", "clone3", "__clone3", "thread_start"};
    const char *function = string_at(frame, "function"), *module = string_at(frame, "module");
    if (is(string_at(frame, "trust"), "scan"))
        return false;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (is(function, starts[i]))
            return true;
    if (function || !module)
        return false;
    const char *name = strrchr(module, '/');
    return (name && (is(name, "/libc.so.6") || is(name, "/libc.so") || is(name, "/ld-musl-x86_64.so.1"))) ||
           at_entry_point(module, string_at(frame, "offset"));
}

/* Every walk ends where threads begin, by call frame information and not by luck. */
void check_unwound(const struct findings *findings)
{
    int strays = 0;
    size_t i;
    json_t *thread;
    json_array_foreach(value_at(findings->report, "threads"), i, thread)
    {
        const json_t *frames = value_at(thread, "frames");
        const json_t *last = json_array_get(frames, json_array_size(frames) - 1);
        if (!is_captured(thread) || json_is_true(value_at(thread, "truncated")) ||
            ends_where_threads_begin(last))
            continue;
        if (strays++ == 0)
            fprintf(stderr, "threads not unwound to their start:\n");
        char *text = last ? json_dumps(last, JSON_COMPACT) : NULL;
        fprintf(stderr, "%lld %s: %s\n", (long long)json_integer_value(value_at(thread, "tid")),
                string_at(thread, "name"), text ? text : "no frame");
        free(text);
    }
    if (strays > 0)
        exit(1);
}
