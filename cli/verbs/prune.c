/* SPDX-License-Identifier: MIT */
/* crumple prune: the limits of CRUMPLE_KEEP, or others, by hand or by a timer. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "crumple_format.h"
#include "screen/out.h"
#include "settings_recover.h"
#include "places/directory.h"
#include "places/filter.h"
#include "verbs/prune_dir.h"
#include "verbs/verbs.h"

struct settings {
    struct rows_filter filter;
    const char *keep;
    bool dry_run;
    enum options_format format;
};

static const struct options_row options[] = {
    {0, "dry-run", NULL, "Only say what would be deleted.", options_read_flag,
     offsetof(struct settings, dry_run)},
    {0, "keep", "RULES",
     "The limits, such as count=500,bytes=256M,free=5%,age=30d,signature=20; what is not named has none. Default: those of "
     "$CRUMPLE_KEEP.",
     options_read_string, offsetof(struct settings, keep)},
    FILTER_OPTIONS(struct settings, filter),
    OPTIONS_TABLE_ROW(struct settings, format),
    OPTIONS_JSON_ROW(struct settings, format),
    {0, NULL, NULL, NULL, NULL, 0},
};

/* The variable means what it means to the shim: the same defaults, and the same ranges ('age=1s' is none there). */
static int read_variable(struct retain_rules *ret_rules)
{
    static struct crumple_settings settings;
    const char *variable = getenv("CRUMPLE_KEEP"),
               *why = settings_parse_keep(&settings, variable && *variable ? variable : CRUMPLE_KEEP_DEFAULT);
    char complaint[400];

    if (!why && retain_parse(settings.keep_text, ret_rules, complaint, sizeof complaint) == 0)
        return VERB_OK;
    say("CRUMPLE_KEEP: %s; nothing is deleted", why ? why : complaint);
    return VERB_USAGE;
}

static int read_rules(const char *given, struct retain_rules *ret_rules)
{
    char complaint[400];

    if (!given)
        return read_variable(ret_rules);
    if (retain_parse(given, ret_rules, complaint, sizeof complaint) == 0)
        return VERB_OK;
    say("--keep: %s; nothing is deleted", complaint);
    return VERB_USAGE;
}

static bool picks(const struct rows_filter *filter)
{
    return filter->since_us || filter->until_us || filter->signature || filter->exe || filter->event ||
           filter->where.count;
}

static bool is_users(const char *name)
{
    return *name && name[strspn(name, "0123456789")] == '\0';
}

static int prune_below(const struct prune_job *job, const struct custody_dir *base, const char *path,
                       const char *name)
{
    char reason[CUSTODY_REASON_BYTES], *full;
    struct custody_dir below;

    if (asprintf(&full, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", name) < 0)
        return VERB_DAMAGED;
    int error = custody_open_below(base, name, &below, reason),
        status = error < 0 ? VERB_DAMAGED : prune_dir(job, &below, full);
    if (error == -ENOTDIR)
        status = VERB_OK; /* a file, or a link: no directory of a user's */
    else if (error < 0)
        say("'%s' is left as it is: %s", full, reason);
    custody_close(&below);
    free(full);
    return status;
}

/* The directory, and those of the users in it. */
static int prune_one(const struct prune_job *job, const char *path)
{
    char reason[CUSTODY_REASON_BYTES];
    struct custody_dir base;

    if (custody_open(path, &base, reason) < 0) {
        say("'%s' is left as it is: %s", path, reason);
        return VERB_DAMAGED;
    }
    int status = prune_dir(job, &base, path), fd = openat(base.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        const int of_one = is_users(entry->d_name) ? prune_below(job, &base, path, entry->d_name) : VERB_OK;
        status = of_one == VERB_OK ? status : of_one;
    }
    if (dir)
        closedir(dir);
    custody_close(&base);
    return status;
}

/* One that cannot be pruned keeps none of the others from it. */
static int prune_each(const struct prune_job *job, const struct directories *directories)
{
    int status = VERB_OK;

    for (size_t i = 0; i < directories->count; i++) {
        const struct directory *directory = &directories->items[i];
        if (directory->implied && access(directory->path, F_OK) < 0 && errno == ENOENT)
            break; /* nothing has crashed yet */
        const int of_one = prune_one(job, directory->path);
        status = of_one == VERB_OK ? status : of_one;
    }
    return status;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct prune_job job = {.filter = settings->filter,
                            .has_filter = picks(&settings->filter),
                            .dry_run = settings->dry_run,
                            .json = out_wants_json(settings->format)};
    struct directories directories;
    int status = read_rules(settings->keep, &job.rules);

    if (status != VERB_OK)
        return status;
    job.filter.flat = true;
    status = directories_choose(operands, &directories);
    if (status == VERB_OK)
        status = prune_each(&job, &directories);
    directories_clear(&directories);
    return status;
}

const struct verb verbs_prune_verb = {
    .name = "prune",
    .operands = "[DIR]...",
    .summary = "delete bundles beyond the limits of the crash directory",
    .about =
        "Deletes what the limits do not keep, in the crash directory DIR and its per-user subdirectories, each of which "
        "has the limits for itself; says each file and the reason, and names it in crashes.ndjson. The first and the latest bundle of a "
        "signature stay longest. With options that pick events, only the bundles that match are counted, and "
        "only they may go. Deletes only files that crumple made and that still have their names. docs/retention.md has the rules.",
    .examples =
        (const struct verb_example[]){
            {"crumple prune --dry-run", "what CRUMPLE_KEEP would delete now, and why"},
            {"crumple prune --keep age=30d", "everything older than 30 days"},
            {"crumple prune --keep signature=2 --event contained",
             "of contained faults, two of each signature stay"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "The limits are kept, or would be."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED,
             "A DIR cannot be read or is not trusted, or a file could not be deleted; the rest was done."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = CONFINE_PATHS_MAX,
    .run = run,
};
