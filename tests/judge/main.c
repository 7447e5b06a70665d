/* SPDX-License-Identifier: MIT */
/*
 * The judge of the tests: all that every run of a victim must satisfy, in one program instead of a hundred.
 *
 *   judge NAME=VALUE... CHECK...     the checks of tests/crash/helpers.bash, in this order; answers go to stdout
 *   judge case ...                   a case of tests/contain: contained.c
 *
 * Ends with 1 and a message on stderr at the first thing that is wrong.
 */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void want(const char *what, const char *expected, const char *actual)
{
    if (!expected || !actual || strcmp(expected, actual) != 0)
        wrong("%s: expected '%s', got '%s'", what, expected ? expected : "(none)",
              actual ? actual : "(none)");
}

void want_number(const char *what, long long expected, long long actual)
{
    if (expected != actual)
        wrong("%s: expected %lld, got %lld", what, expected, actual);
}

/* A setting is known by its name; returns whether it is one. */
static bool take_setting(struct settings *settings, const char *word)
{
    const struct {
        const char *name;
        const char **text;
        long *number;
        bool *flag;
    } known[] = {
        {"TMP", &settings->tmp, NULL, NULL},           {"CRASHES", &settings->crashes, NULL, NULL},
        {"BUNDLE", &settings->bundle, NULL, NULL},     {"REPORT", &settings->report_path, NULL, NULL},
        {"EVENT", &settings->event, NULL, NULL},       {"BUNDLES", NULL, &settings->bundles, NULL},
        {"PENDING", NULL, &settings->pending, NULL},   {"MISSING", NULL, &settings->missing, NULL},
        {"LIMIT_MS", NULL, &settings->limit_ms, NULL}, {"BUNDLE_UID", NULL, &settings->bundle_uid, NULL},
        {"ORPHANS", NULL, NULL, &settings->orphans},   {"PARTIAL", NULL, NULL, &settings->partial},
    };
    const char *sign = strchr(word, '=');
    for (size_t i = 0; sign && i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) != (size_t)(sign - word) || strncmp(known[i].name, word, sign - word) != 0)
            continue;
        if (known[i].text)
            *known[i].text = sign + 1;
        else if (known[i].number)
            *known[i].number = sign[1] ? strtol(sign + 1, NULL, 10) : *known[i].number;
        else
            *known[i].flag = sign[1] != '\0';
        return true;
    }
    return false;
}

static void check(const char *name, const struct settings *settings, struct findings *findings)
{
    if (strcmp(name, "death") == 0)
        check_death(settings);
    else if (strcmp(name, "files") == 0)
        check_files(settings, findings);
    else if (strcmp(name, "bundle") == 0)
        check_bundle(settings, findings);
    else if (strcmp(name, "index") == 0)
        check_index(settings, findings);
    else if (strcmp(name, "first") == 0)
        check_first(settings, findings);
    else if (strcmp(name, "threads") == 0)
        check_threads(settings, findings);
    else if (strcmp(name, "unwound") == 0)
        check_unwound(findings);
    else
        wrong("judge: no check is called '%s'", name);
}

/* A check of a report alone begins with the one that an earlier call has left. */
static bool needs_report(const char *check)
{
    return strcmp(check, "death") != 0 && strcmp(check, "files") != 0 && strcmp(check, "bundle") != 0;
}

static void take_report(const struct settings *settings, struct findings *findings)
{
    json_error_t error;
    if (!settings->bundle || !settings->bundle[0])
        wrong("judge: there is no bundle");
    snprintf(findings->bundle, sizeof findings->bundle, "%s", settings->bundle);
    findings->report = json_load_file(settings->report_path, 0, &error);
    if (!findings->report)
        wrong("%s: %s", settings->report_path, error.text);
}

int main(int argc, char **argv)
{
    struct settings settings = {.event = "crash", .bundles = 1, .limit_ms = 5000, .bundle_uid = getuid()};
    struct findings findings = {.report = NULL};
    int word = 1;
    if (argc > 1 && strcmp(argv[1], "case") == 0)
        return judge_case(argc - 2, argv + 2);
    while (word < argc && take_setting(&settings, argv[word]))
        word++;
    if (word < argc && needs_report(argv[word]))
        take_report(&settings, &findings);
    for (; word < argc; word++)
        check(argv[word], &settings, &findings);
    print_answers(&findings);
    json_decref(findings.report);
    return 0;
}
