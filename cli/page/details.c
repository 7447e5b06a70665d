/* SPDX-License-Identifier: MIT */
/* See page/details.h. */
#include "page/details.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page/stacks.h"
#include "read/bundle.h"
#include "read/find.h"
#include "read/report.h"
#include "rewrite/scrub_report.h"

#define LINES_OF_LOG_MAX 40

int page_details_read(const char *path, json_t **ret_report)
{
    char reason[REPORT_REASON_BYTES];
    struct bundle_reader *reader = NULL;
    const char *text;
    size_t len;
    bool complete;
    int fd = find_open_regular(path, 0);

    if (fd < 0)
        return fd;
    int error = bundle_open(fd, &reader);
    if (error == 0)
        error = bundle_read_report(reader, SIZE_MAX, &text, &len, &complete);
    if (error == 0)
        error = report_parse(text, len, ret_report, reason);
    bundle_close(reader);
    close(fd);
    return error;
}

/* A list of facts that grows. */
struct facts {
    struct page_tables *tables;
    FILE *to;
    size_t count;
};

static void put_fact(struct facts *facts, const char *label, const char *value)
{
    if (!value || !*value)
        return;
    fprintf(facts->to, "%s[%zu,%zu]", facts->count++ > 0 ? "," : "",
            page_strings_add(facts->tables->strings, label),
            page_strings_add_names(facts->tables->strings, value));
}

__attribute__((format(printf, 3, 4))) static void put_made(struct facts *facts, const char *label,
                                                           const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    put_fact(facts, label, text);
    free(text);
}

/* What ended the process, in a sentence. */
static const char *cause_of(const json_t *report)
{
    static const char *const parts[] = {"exit", "end", "dump", "logged", "signal"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *description = report_string(json_object_get(report, parts[i]), "description");
        if (description)
            return description;
    }
    return NULL;
}

static void put_exception(struct facts *facts, const json_t *exception)
{
    const char *type = report_string(exception, "type"), *what = report_string(exception, "what");

    if (type && what)
        put_made(facts, "exception", "%s: %s", type, what);
    else
        put_fact(facts, "exception", type ? type : what);
}

static void put_outcome(struct facts *facts, const json_t *recovery)
{
    const char *action = report_string(recovery, "action"), *decision = report_string(recovery, "decision");

    if (!action)
        return;
    if (strcmp(action, "refused") == 0)
        put_made(facts, "outcome", "not contained%s%s", decision ? ": " : "", decision ? decision : "");
    else if (strcmp(action, "contain") == 0)
        put_fact(facts, "outcome", "the thread was ended; the process lives");
    else if (strcmp(action, "restart") == 0)
        put_fact(facts, "outcome", "the thread was ended and its routine starts again; the process lives");
    else
        put_fact(facts, "outcome", action);
    put_fact(facts, "rule", report_string(recovery, "rule"));
    put_fact(facts, "peer", report_string(recovery, "peer"));
    put_exception(facts, json_object_get(recovery, "exception"));
}

static void put_duration(struct facts *facts, const char *label, int64_t ms)
{
    const int64_t s = ms / 1000;

    if (ms < 0)
        return;
    if (s >= 172800)
        put_made(facts, label, "%lld days", (long long)(s / 86400));
    else if (s >= 7200)
        put_made(facts, label, "%lld hours", (long long)(s / 3600));
    else if (s >= 120)
        put_made(facts, label, "%lld minutes", (long long)(s / 60));
    else
        put_made(facts, label, "%lld seconds", (long long)s);
}

static void put_place(struct facts *facts, const json_t *report)
{
    const json_t *place = json_object_get(report, "place"),
                 *kubernetes = json_object_get(place, "kubernetes");
    const char *host = report_string(report, "hostname"), *os = report_string(place, "os"),
               *kernel = report_string(place, "kernel");

    put_fact(facts, "host", host);
    if (os && kernel)
        put_made(facts, "system", "%s, %s", os, kernel);
    else
        put_fact(facts, "system", os ? os : kernel);
    put_fact(facts, "container", report_string(json_object_get(place, "container"), "id"));
    put_fact(facts, "pod", report_string(kubernetes, "pod"));
    put_duration(facts, "running for", report_number(place, "uptime_ms", -1));
}

static void put_strings(struct facts *facts, const char *label, const json_t *array, size_t most)
{
    const json_t *value;
    size_t i;

    json_array_foreach(array, i, value)
    {
        if (i < most)
            put_fact(facts, label, json_string_value(value));
    }
}

/* What a scrubbed page leaves out. */
static void put_words(struct facts *facts, const json_t *report)
{
    const json_t *log, *event;
    size_t i;

    if (!facts->tables->full || report_is_true(report, "scrubbed"))
        return;
    put_strings(facts, "argument", json_object_get(report, "cmdline"), LINES_OF_LOG_MAX);
    json_array_foreach(json_object_get(report, "logs"), i, log)
    {
        put_fact(facts, "log", report_string(log, "path"));
        put_strings(facts, "log line", json_object_get(log, "lines"), LINES_OF_LOG_MAX);
    }
    json_array_foreach(json_object_get(report, "events"), i, event)
    {
        if (i < LINES_OF_LOG_MAX)
            put_fact(facts, "event", report_string(event, "text"));
    }
    put_fact(facts, "stdout", report_string(json_object_get(report, "end"), "stdout"));
    put_fact(facts, "stderr", report_string(json_object_get(report, "end"), "stderr"));
}

static void put_facts(struct facts *facts, const json_t *report)
{
    const json_t *thread = json_array_get(json_object_get(report, "threads"), 0), *deadlock;
    const char *name = report_string(thread, "name");
    size_t i;

    put_fact(facts, "program", report_string(report, "exe"));
    put_fact(facts, "build", report_string(report, "build_id"));
    put_made(facts, "process", "%lld", (long long)report_number(report, "pid", 0));
    if (report_number(thread, "tid", 0) > 0)
        put_made(facts, "thread", "%lld%s%s", (long long)report_number(thread, "tid", 0), name ? " " : "",
                 name ? name : "");
    else
        put_fact(facts, "thread", name); /* a goroutine */
    put_outcome(facts, json_object_get(report, "recovery"));
    put_exception(facts, json_object_get(report, "exception"));
    json_array_foreach(json_object_get(report, "deadlocks"), i, deadlock)
    {
        put_fact(facts, "deadlock", report_string(deadlock, "text"));
    }
    put_fact(facts, "culprit", report_string(json_object_get(report, "culprit"), "peer"));
    put_place(facts, report);
    put_strings(facts, "not captured", json_object_get(report, "soft_errors"), LINES_OF_LOG_MAX);
    put_words(facts, report);
}

int page_details_write(struct page_tables *tables, json_t *report, FILE *to)
{
    struct facts facts = {tables, to, 0};
    size_t threads, left;
    int error = tables->full || report_is_true(report, "scrubbed") ? 0 : scrub_report(report, NULL, false);

    if (error != 0)
        return error;
    fprintf(to, "\"title\":%zu,\"cause\":%zu,\"reason\":%zu,\"facts\":[",
            page_strings_add_names(tables->strings, report_string(report, "title")),
            page_strings_add_names(tables->strings, cause_of(report)),
            page_strings_add(tables->strings, report_string(report, "reason")));
    put_facts(&facts, report);
    fputs("],\"stacks\":", to);
    error = page_stacks_write(tables, report, to, &threads, &left);
    fprintf(to, ",\"threads\":%zu,\"left\":%zu", threads, left);
    return error;
}
