/* SPDX-License-Identifier: MIT */
/* See rewrite/scrub_report.h. */
#include "rewrite/scrub_report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/report.h"

#define ADDRESS_DIGITS 12 /* what is longer is no address of a program's, but a value */

/* Long options keep their names: "--port=[scrubbed]". */
static json_t *argument_of(const char *text)
{
    const char *equals = strchr(text, '=');

    if (strncmp(text, "--", 2) != 0)
        return json_string(SCRUB_REPORT_WORD);
    if (!equals)
        return json_string(text);
    return json_sprintf("%.*s=" SCRUB_REPORT_WORD, (int)(equals - text), text);
}

static int scrub_arguments(json_t *report)
{
    json_t *cmdline = json_object_get(report, "cmdline"), *argument;
    size_t i;
    int error = 0;

    json_array_foreach(cmdline, i, argument)
    {
        if (i == 0 || error)
            continue;
        const char *text = json_string_value(argument);
        error = json_array_set_new(cmdline, i, argument_of(text ? text : ""));
    }
    return error;
}

/* A word for the content of a member that has one. */
static void take_out(json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    if (value && !json_is_null(value))
        (void)json_object_set_new(object, member, json_string(SCRUB_REPORT_WORD));
}

static void scrub_lines(json_t *report)
{
    json_t *log, *event, *end = json_object_get(report, "end");
    size_t i;

    json_array_foreach(json_object_get(report, "logs"), i, log)
    {
        (void)json_object_set_new(log, "lines", json_array());
        (void)json_object_set_new(log, "error", json_string(SCRUB_REPORT_WORD));
    }
    json_array_foreach(json_object_get(report, "events"), i, event)
    {
        take_out(event, "text");
    }
    take_out(end, "stdout");
    take_out(end, "stderr");
    (void)json_object_del(report, "last_logged");
}

/* "0x7365637265743121" in a text: words that are too long for an address become [scrubbed]. */
static json_t *without_values(const char *text)
{
    char *out = NULL;
    size_t size;
    FILE *stream = open_memstream(&out, &size);
    json_t *result = NULL;

    if (!stream)
        return NULL;
    while (*text) {
        size_t digits = strncmp(text, "0x", 2) == 0 ? strspn(text + 2, "0123456789abcdefABCDEF") : 0;
        if (digits > ADDRESS_DIGITS)
            fputs("0x" SCRUB_REPORT_WORD, stream);
        else if (digits)
            fwrite(text, 1, digits + 2, stream);
        else
            fputc(*text, stream);
        text += digits ? digits + 2 : 1;
    }
    if (fclose(stream) == 0)
        result = json_stringn_nocheck(out, size);
    free(out);
    return result;
}

static int scrub_text(json_t *object, const char *member)
{
    const char *text = report_string(object, member);

    return text ? json_object_set_new(object, member, without_values(text)) : 0;
}

static bool is_of_processor(const char *name)
{
    static const char *const kept[] = {"rip", "rsp",     "cfa",     "eflags",  "cs",
                                       "ss",  "fs_base", "gs_base", "orig_rax"};

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strcmp(name, kept[i]) == 0)
            return true;
    return false;
}

/* Of "registers", the values that are no addresses. */
static int scrub_values(json_t *owner, const struct scrub *scrub)
{
    json_t *registers = json_object_get(owner, "registers"), *value;
    const char *name;
    uint64_t word;
    int error = 0;

    if (registers && !scrub)
        return json_object_del(owner, "registers");
    json_object_foreach(registers, name, value)
    {
        if (is_of_processor(name))
            continue;
        word = 0;
        (void)report_address(registers, name, &word);
        if (scrub_word(scrub, word) != word || !json_is_string(value))
            error |= json_object_set_new(registers, name, json_string("0x0"));
    }
    return error;
}

static int scrub_threads(json_t *report, const struct scrub *scrub)
{
    json_t *thread, *frame;
    size_t i, k;
    int error = 0;

    json_array_foreach(json_object_get(report, "threads"), i, thread)
    {
        error |= scrub_values(thread, scrub);
        json_array_foreach(json_object_get(thread, "frames"), k, frame)
        {
            error |= scrub_values(frame, scrub);
        }
    }
    return error;
}

int scrub_report(json_t *report, const struct scrub *scrub, bool keep_logs)
{
    static const char *const parts[] = {"signal", "exit", "end", "dump"};
    int error = scrub_arguments(report) | scrub_threads(report, scrub) | scrub_text(report, "title");

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        error |= scrub_text(json_object_get(report, parts[i]), "description");
    error |= scrub_text(json_object_get(report, "signal"), "addr");
    if (!keep_logs)
        scrub_lines(report);
    error |= json_object_set_new(report, "scrubbed", json_true());
    return error ? -ENOMEM : 0;
}
