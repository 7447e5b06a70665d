/* SPDX-License-Identifier: MIT */
/* crumple export: all crashes on one page for a browser. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/time.h"
#include "page/page.h"
#include "read/extract.h"
#include "screen/apart.h"
#include "screen/out.h"
#include "places/directory.h"
#include "places/filter.h"
#include "places/sources_options.h"
#include "verbs/verbs.h"

struct settings {
    struct rows_filter filter;
    struct sources sources;
    const char *html;
    bool full;
};

static const struct options_row options[] = {
    {0, "html", "FILE", "Write the page to FILE, which is replaced; '-' writes to stdout.",
     options_read_string, offsetof(struct settings, html)},
    {0, "full", NULL, "Keep arguments, lines of logs, texts of events and the program's output.",
     options_read_flag, offsetof(struct settings, full)},
    FILTER_OPTIONS(struct settings, filter),
    SOURCES_PLACES(struct settings, sources),
    {0, NULL, NULL, NULL, NULL, 0},
};

#define IS_WHOLE 0x40 /* beside an exit status: there is a page */

/* Where the page goes. */
struct output {
    const char *path;
    char *made; /* the file that gets the name when it is whole; NULL: path is written into */
    FILE *to;
};

static int fail(const struct output *output, int error)
{
    if (error == -EPIPE)
        return VERB_OK;
    if (error == -ENOMEM)
        say("out of memory; no page was written");
    else
        say("cannot write '%s': %s; no page was written", output->path, strerror(-error));
    return VERB_DAMAGED;
}

/* Before the sandbox: it knows then where it may write. */
static int open_output(const char *path, struct output *ret_output)
{
    int fd;

    *ret_output = (struct output){.path = path};
    if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO)) {
        say("refusing to write a page to a terminal; name a file or redirect stdout");
        return VERB_USAGE;
    }
    if (strcmp(path, "-") == 0) {
        ret_output->path = "stdout";
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else {
        fd = extract_open(path, &ret_output->made);
        errno = fd < 0 ? -fd : 0;
    }
    ret_output->to = fd < 0 ? NULL : fdopen(fd, "w");
    return ret_output->to ? VERB_OK : fail(ret_output, -errno);
}

/* Returns error, or what went wrong with the stream. */
static int close_stream(struct output *output, int error)
{
    const int failure = ferror(output->to) ? errno : 0; /* each write since then has failed in the same way */

    if (error == 0 && fflush(output->to) != 0)
        error = -errno;
    if (fclose(output->to) != 0 && error == 0)
        error = -errno;
    output->to = NULL;
    return error == 0 ? -failure : error;
}

static void say_conclusion(const char *reason, size_t unread)
{
    if (reason)
        say("some names and source lines are missing: %s", reason);
    if (unread > 0)
        say("%zu bundle%s could not be read whole: the page has no stacks of %s", unread,
            unread == 1 ? "" : "s", unread == 1 ? "it" : "them");
}

static void put_time(FILE *to, const char *name, int64_t us)
{
    char time[WHEN_TEXT_BYTES];

    if (us)
        when_format(us, time);
    if (us)
        fprintf(to, " %s=%.19sZ", name, time);
}

/* What the options have left of the events, for the page's readers. The caller frees it; NULL: memory is short. */
static char *filter_words(const struct rows_filter *filter)
{
    char *words = NULL;
    size_t size;
    FILE *to = open_memstream(&words, &size);

    if (!to)
        return NULL;
    put_time(to, "since", filter->since_us);
    put_time(to, "until", filter->until_us);
    for (size_t i = 0; i < filter->where.count; i++)
        fprintf(to, " %s=%s", filter->where.conditions[i].key.tag, filter->where.conditions[i].glob);
    if (filter->exe)
        fprintf(to, " exe=%s", filter->exe);
    if (filter->event)
        fprintf(to, " event=%s", filter->event);
    if (filter->signature)
        fprintf(to, " signature=*%s*", filter->signature);
    if (fclose(to) == 0)
        return words;
    free(words);
    return NULL;
}

/* The page of what was found; none, if nothing was. Returns the exit status, with IS_WHOLE if it is all there. */
static int write_page(const struct settings *settings, const struct directories *directories,
                      const struct rows *rows, struct output *output)
{
    const char *sources[CONFINE_PATHS_MAX], *reason = NULL;
    char *words = filter_words(&settings->filter);
    const struct page_wish wish = {.full = settings->full,
                                   .filter = words && *words ? words + 1 : NULL,
                                   .is_cut = rows->count >= PAGE_EVENTS_MAX,
                                   .sources = sources,
                                   .source_count = directories->count,
                                   .modules = &settings->sources};
    const struct rows_row **sorted;
    struct group *groups;
    size_t count = 0, unread = 0;
    int error = groups_make(rows, NULL, &sorted, &groups, &count);

    for (size_t i = 0; i < directories->count; i++)
        sources[i] = directories->items[i].path;
    if (error == 0 && count > 0)
        error = page_write(rows, groups, count, &wish, output->to, &reason, &unread);
    free(groups);
    free(sorted);
    free(words);
    error = close_stream(output, error == 0 && count == 0 ? -ENODATA : error);
    if (error < 0 && error != -ENODATA)
        return fail(output, error);
    say_conclusion(reason, unread);
    return directories_conclude(directories, count) | (error ? 0 : IS_WHOLE);
}

struct work {
    const struct settings *settings;
    struct directories *directories;
    struct output *output;
};

/* In the child, whose sandbox lets it write nothing but the open file: not even beside it, where its new name is. */
static int make_page(void *context)
{
    const struct work *work = context;
    struct rows_filter filter = work->settings->filter;
    struct rows rows = {0};

    extract_forget();
    filter.counted = filter.foreign = true;
    filter.most = PAGE_EVENTS_MAX;
    int status = directories_rows(work->directories, &filter, &rows);
    if (status == VERB_OK)
        status = write_page(work->settings, work->directories, &rows, work->output);
    rows_clear(&rows);
    return status;
}

/* A child reads the bundles and fills the file. */
static int write_in_child(const struct work *work)
{
    struct output *output = work->output;
    const int status = apart_run(make_page, (void *)(uintptr_t)work);
    const bool is_whole = status & IS_WHOLE;

    if (output->made) {
        const int error = extract_commit(output->made, output->path, is_whole ? 0 : -ECANCELED);
        if (is_whole && error < 0)
            return fail(output, error);
    }
    return status & ~IS_WHOLE;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct directories directories;
    struct output output = {0};

    if (!settings->html) {
        say("which form? 'crumple export --html FILE' makes a page");
        return VERB_USAGE;
    }
    if (!sources_are_there(&settings->sources))
        return VERB_USAGE;
    int status = directories_choose(operands, &directories);
    if (status == VERB_OK)
        status = open_output(settings->html, &output);
    directories.modules = true;
    directories.sources = &settings->sources;
    if (status == VERB_OK)
        status = write_in_child(&(struct work){settings, &directories, &output});
    if (output.to)
        (void)fclose(output.to);
    directories_clear(&directories);
    return status;
}

const struct verb verbs_export_verb = {
    .name = "export",
    .operands = "--html FILE [DIR|BUNDLE]...",
    .summary = "all crashes on one page for a browser",
    .about =
        "Writes one HTML file that needs no network and no other file: the groups of 'crumple group' over time, and of each "
        "group the stacks of its latest bundle, what its events have in common, and the commands that lead on. "
        "It is meant to be passed on: what 'crumple scrub' takes out of a report is not in it, unless you say --full. "
        "Names, source lines and build-ids come from debug information on this machine, as with 'crumple show'. "
        "It has the newest 100,000 events, and the 5,000 most frequent groups.",
    .examples =
        (const struct verb_example[]){
            {"crumple export --html crashes.html", "the crash directory"},
            {"crumple export --html week.html --since 7d host1/ host2/", "a week of two machines"},
            {"crumple export --html - --where match_id=42 | ssh desk 'cat >match.html'",
             "to another machine"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "The page was written."},
            {VERB_NOTHING, "Nothing matched; no page was written."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED,
             "The page cannot be written, or a DIR or a file in it is unreadable or damaged; the rest is on the page."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = CONFINE_PATHS_MAX,
    .run = run,
};
