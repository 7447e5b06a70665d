/* SPDX-License-Identifier: MIT */
/*
 * One case of tests/contain. There are two good ends, and no third:
 *
 *   clean       the program lives, the thread was joined in time, every lock is free, the others get on, a second
 *               thread gets through the same code, the event and its bundle are written and told
 *   died        deliberately: by the very signal, with a crash bundle that says who asked and why not
 *
 *   judge case DIRECTORY NAME SIGNAL OUTCOME WEDGED [FACT=VALUE...]
 *
 * SIGNAL, OUTCOME and the facts are those of expected.txt; WEDGED is 1 where the runner had to end the program. Prints
 * 'ok NAME: ...' or 'BAD NAME: ...' and ends with 1 where it is bad.
 */
#include "judge.h"

#include <fts.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const char *directory, *crashes;
    char *out, *err, *status;
    json_t *index; /* an array of its lines */
    char problems[8192];
};

static void problem(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void problem(struct run *run, const char *format, ...)
{
    size_t used = strlen(run->problems);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && used + 3 < sizeof run->problems)
        used += (size_t)sprintf(run->problems + used, "; ");
    vsnprintf(run->problems + used, sizeof run->problems - used, format, arguments);
    va_end(arguments);
}

static bool starts_with(const char *text, const char *beginning)
{
    return text && strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is(const char *text, const char *other)
{
    return text && strcmp(text, other) == 0;
}

/* The only file below the crash directory whose name ends so; NULL where there is none. */
static const char *find_file(const struct run *run, const char *end)
{
    static char path[PATH_MAX];
    char *roots[] = {(char *)run->crashes, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    bool found = false;
    for (FTSENT *entry; tree && !found && (entry = fts_read(tree));) {
        size_t length = strlen(entry->fts_name), end_length = strlen(end);
        found = entry->fts_info == FTS_F && length >= end_length &&
                strcmp(entry->fts_name + length - end_length, end) == 0;
        if (found)
            snprintf(path, sizeof path, "%s", entry->fts_path);
    }
    if (tree)
        fts_close(tree);
    return found ? path : NULL;
}

static void read_index(struct run *run)
{
    const char *path = find_file(run, "crashes.ndjson");
    json_error_t error;
    run->index = json_array();
    if (!path)
        return;
    char *text = read_file(path, NULL);
    for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        json_t *event = json_loadb(line, strcspn(line, "\n"), 0, &error);
        if (!event)
            problem(run, "a line of the index is no JSON: %s", error.text);
        else
            json_array_append_new(run->index, event);
    }
    free(text);
}

/* The report of the only bundle of such an event; NULL and a problem where there is not one. */
static json_t *report_of(struct run *run, const char *event)
{
    char members[4096];
    const char *path = NULL;
    int bundles = 0;
    size_t i;
    json_t *line;
    json_array_foreach(run->index, i, line)
    {
        if (!is(string_at(line, "event"), event) || !string_at(line, "path"))
            continue;
        path = string_at(line, "path");
        bundles++;
    }
    const char *bundle = bundles == 1 ? find_file(run, path) : NULL;
    if (bundle)
        return bundle_report(bundle, NULL, members, sizeof members);
    problem(run, "not one bundle");
    return NULL;
}

static void locks_are_free(struct run *run)
{
    for (const char *line = run->out; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        int length = (int)strcspn(line, "\n");
        if (starts_with(line, "lock.") && (length < 5 || strncmp(line + length - 5, "=free", 5) != 0))
            problem(run, "%.*s", length, line);
    }
}

static void expect_fact(struct run *run, const char *fact)
{
    char key[128];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(fact, "="), fact);
    char *value = value_of(run->out, key);
    if (!is(value, fact + strcspn(fact, "=") + 1))
        problem(run, "expected %s, got '%s'", fact, value ? value : "");
    free(value);
}

static void was_joined(struct run *run)
{
    char *join = value_of(run->out, "join"), *value = value_of(run->out, "value");
    bool canceled = is(join, "0") && is(value, "CANCELED");
    bool detached = is(join, "detached") && (!value || !value[0]);
    if (!canceled && !detached)
        problem(run, "join=%s value=%s", join ? join : "", value ? value : "");
    free(join);
    free(value);
}

/* Beside breakers and faults of the second thread, the one event is that of the contained fault. */
static void only_contained(struct run *run)
{
    int others = 0, contained = 0;
    size_t i;
    json_t *line;
    json_array_foreach(run->index, i, line)
    {
        const char *event = string_at(line, "event");
        if (is(event, "breaker") || starts_with(string_at(line, "signature"), "second fault"))
            continue;
        if (is(event, "contained"))
            contained++;
        else
            others++;
    }
    if (contained == 1 && others == 0)
        return;
    char *text = json_dumps(run->index, JSON_COMPACT);
    problem(run, "events: %.600s", text);
    free(text);
}

static void reports(struct run *run, const json_t *report, const char *event, const char *action)
{
    if (!report ||
        (is(string_at(report, "event"), event) && is(string_at(report, "recovery.action"), action)))
        return;
    char *text = json_dumps(value_at(report, "recovery"), JSON_COMPACT | JSON_ENCODE_ANY);
    problem(run, "the report's event is not %s, %s: %s %.300s", event, action, string_at(report, "event"),
            text ? text : "");
    free(text);
}

/* A line of crumple's on stderr holds the words. */
static bool told(const struct run *run, const char *words)
{
    for (const char *line = run->err; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *found = starts_with(line, "crumple: ") ? strstr(line, words) : NULL;
        if (found && found < line + strcspn(line, "\n"))
            return true;
    }
    return false;
}

static void is_clean(struct run *run, char **facts)
{
    static const char *const always[] = {"tasks=back", "innocent=progressed", "thread_local_destructor=1",
                                         "second=completed", "second_join=0"};
    locks_are_free(run);
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        expect_fact(run, always[i]);
    for (; *facts; facts++)
        expect_fact(run, *facts);
    char *destructors = value_of(run->out, "tsd_destructor");
    if (!destructors || strtol(destructors, NULL, 10) < 1)
        problem(run, "no TSD destructor");
    free(destructors);
    was_joined(run);
    json_t *report = report_of(run, "contained");
    reports(run, report, "contained", "contain");
    json_decref(report);
    only_contained(run);
    if (!told(run, "contained"))
        problem(run, "stderr does not tell");
}

/* A pattern of expected.txt has '_' where the reason has a blank. */
static bool is_like(const char *text, const char *pattern)
{
    char words[256];
    regex_t compiled;
    snprintf(words, sizeof words, "%s", pattern);
    for (char *at = words; (at = strchr(at, '_'));)
        *at = ' ';
    if (regcomp(&compiled, words, REG_EXTENDED | REG_NOSUB) != 0)
        wrong("no pattern: %s", words);
    bool matches = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matches;
}

/* decision: what the report says, in memory of the caller. */
static void is_deliberate(struct run *run, const char *expected, const char *got, const char *outcome,
                          char decision[256])
{
    const char *pattern = starts_with(outcome, "died:") ? outcome + strlen("died:") : ".";
    if (strcmp(expected, got) != 0)
        problem(run, "died of signal %s, not %s", got, expected);
    json_t *report = report_of(run, "crash");
    reports(run, report, "crash", "refused");
    const char *text = string_at(report, "recovery.decision");
    snprintf(decision, 256, "%s", text ? text : "");
    if (!is_like(decision, pattern))
        problem(run, "decision '%s' is not like '%s'", decision, pattern);
    if (!told(run, "not contained"))
        problem(run, "stderr does not tell");
    if (is(outcome, "clean"))
        problem(run, "expected clean");
    json_decref(report);
}

/* Nothing is left behind: half-written files, processes. */
static void is_tidy(struct run *run)
{
    char *left = status_word(run->status, "left");
    const char *file = find_file(run, ".tmp");
    file = file ? file : find_file(run, ".core");
    if (file)
        problem(run, "left behind: %s", file);
    if (left[0])
        problem(run, "processes left: %s", left);
    free(left);
}

static void survived(struct run *run)
{
    char *status = status_word(run->status, "exit"), *value = value_of(run->out, "survived");
    if (strcmp(status, "0") != 0 || !is(value, "1"))
        problem(run, "exit status %s, survived=%s", status, value ? value : "");
    free(status);
    free(value);
}

int judge_case(int argc, char **argv)
{
    static struct run run;
    char decision[256] = "", *none[] = {NULL};
    if (argc < 5)
        wrong("judge case: DIRECTORY NAME SIGNAL OUTCOME WEDGED [FACT=VALUE...]");
    const char *name = argv[1], *outcome = argv[3];
    run.directory = argv[0];
    run.crashes = strdup(path_in(run.directory, "crashes"));
    run.out = read_file(path_in(run.directory, "out"), NULL);
    run.err = read_file(path_in(run.directory, "err"), NULL);
    run.status = read_file(path_in(run.directory, "status"), NULL);
    read_index(&run);
    if (is(argv[4], "1"))
        problem(&run, "wedged");
    char *signal = status_word(run.status, "signal");
    bool clean = strcmp(signal, "0") == 0;
    if (clean) {
        survived(&run);
        is_clean(&run, is(outcome, "clean") ? argv + 5 : none);
        if (!is(outcome, "clean") && !is(outcome, "either"))
            problem(&run, "expected %s", outcome);
    } else {
        is_deliberate(&run, argv[2], signal, outcome, decision);
    }
    is_tidy(&run);
    printf("%s %s: %s%s%s%s", run.problems[0] ? "BAD" : "ok", name, clean ? "clean" : "died",
           clean ? "" : " (", decision, clean ? "" : ")");
    printf("%s%s\n", run.problems[0] ? "; " : "", run.problems);
    return run.problems[0] ? 1 : 0;
}
