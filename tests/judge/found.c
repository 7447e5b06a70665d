/* SPDX-License-Identifier: MIT */
/* The crash directory after a death: as many bundles as expected, in the right place, and whole. */
#include "judge.h"

#include <errno.h>
#include <fts.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ALL_MEMBERS "report.json report.txt core maps status limits "

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

struct count {
    long bundles, pending, half;
};

/* ret_bundle: the first bundle met. With list, every file is printed on stderr. */
static struct count count_files(const char *crashes, char *ret_bundle, bool list)
{
    struct count count = {0};
    char *roots[] = {(char *)crashes, NULL};
    FTS *tree = fts_open(roots, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; tree && (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_DP)
            continue;
        if (list && entry->fts_statp)
            fprintf(stderr, "%o %u %lld %s\n", entry->fts_statp->st_mode, entry->fts_statp->st_uid,
                    (long long)entry->fts_statp->st_size, entry->fts_path);
        if (ends_with(entry->fts_name, ".tar.zst") && count.bundles++ == 0 && ret_bundle)
            snprintf(ret_bundle, PATH_MAX, "%s", entry->fts_path);
        count.pending += ends_with(entry->fts_name, ".core");
        count.half += ends_with(entry->fts_name, ".tmp");
    }
    if (tree)
        fts_close(tree);
    return count;
}

static void wrong_bundles(const struct settings *settings, long got)
{
    fprintf(stderr, "bundles: expected %ld, got %ld; there are:\n", settings->bundles, got);
    count_files(settings->crashes, NULL, true);
    fprintf(stderr, "stderr:\n");
    char *text = read_file(path_in(settings->tmp, "with.err"), NULL);
    size_t bytes = strlen(text);
    wrong("%s", text + (bytes > 3000 ? bytes - 3000 : 0));
}

static void want_mode(const char *what, const char *path, unsigned expected)
{
    struct stat found;
    if (stat(path, &found) != 0)
        wrong("%s: %s", path, strerror(errno));
    if ((found.st_mode & 07777) != expected)
        wrong("%s: expected %o, got %o", what, expected, found.st_mode & 07777);
}

void check_files(const struct settings *settings, struct findings *findings)
{
    struct count count = count_files(settings->crashes, findings->bundle, false);
    if (count.bundles != settings->bundles)
        wrong_bundles(settings, count.bundles);
    want_number("pending cores", settings->pending, count.pending);
    want_number("temporary files", 0, count.half);
    if (settings->bundles == 0)
        return;
    char home[PATH_MAX], copy[PATH_MAX];
    snprintf(home, sizeof home, "%s/%ld", settings->crashes, settings->bundle_uid);
    snprintf(copy, sizeof copy, "%s", findings->bundle);
    want("directory of the bundle", home, dirname(copy));
    want_mode("mode of the bundle", findings->bundle, 0600);
    want_mode("mode of its directory", home, 0700);
    struct settings found = *settings;
    found.bundle = findings->bundle;
    check_bundle(&found, findings);
}

void check_bundle(const struct settings *settings, struct findings *findings)
{
    char members[4096], id[PATH_MAX];
    if (settings->bundle != findings->bundle)
        snprintf(findings->bundle, sizeof findings->bundle, "%s", settings->bundle);
    json_decref(findings->report);
    findings->report = bundle_report(findings->bundle, settings->report_path, members, sizeof members);
    if (!settings->partial && strncmp(members, ALL_MEMBERS, sizeof ALL_MEMBERS - 1) != 0)
        wrong("members: %s", members);
    want_number("format", 1, json_integer_value(value_at(findings->report, "format")));
    want("event", settings->event, string_at(findings->report, "event"));
    snprintf(id, sizeof id, "%s", findings->bundle);
    char *name = basename(id);
    if (ends_with(name, ".tar.zst"))
        name[strlen(name) - strlen(".tar.zst")] = '\0';
    want("id", name, string_at(findings->report, "id"));
}

static json_t *last_line(const char *path, long *ret_lines)
{
    char *text = read_file(path, NULL), *line = text, *last = text;
    json_error_t error;
    for (*ret_lines = 0; (line = strchr(line, '\n')); ++*ret_lines, line++)
        if (line[1])
            last = line + 1;
    json_t *parsed = json_loads(last, 0, &error);
    if (!parsed)
        wrong("%s: %s: %s", path, error.text, last);
    free(text);
    return parsed;
}

void check_index(const struct settings *settings, const struct findings *findings)
{
    char copy[PATH_MAX];
    long lines;
    snprintf(copy, sizeof copy, "%s", findings->bundle);
    json_t *index = last_line(path_in(dirname(copy), "crashes.ndjson"), &lines);
    want_number("lines in the index", settings->bundles, lines);
    const char *const members[] = {"id", "signature", "title", "pid"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (!json_equal(json_object_get(index, members[i]), json_object_get(findings->report, members[i])))
            wrong("the index does not match the report's %s: %s", members[i], json_dumps(index, 0));
    const char *signal = string_at(findings->report, "signal.name");
    const char *listed = string_at(index, "signal");
    if (signal ? !listed || strcmp(signal, listed) != 0 : !json_is_null(value_at(index, "signal")))
        wrong("the index does not match the report's signal: %s", json_dumps(index, 0));
    if (json_number_value(value_at(index, "durable_us")) <= 0)
        wrong("the index has no durable_us: %s", json_dumps(index, 0));
    json_decref(index);
}
