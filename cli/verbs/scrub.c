/* SPDX-License-Identifier: MIT */
/* crumple scrub: bundles without what may be secret. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/text.h"
#include "crumple_format.h"
#include "rename_new.h"
#include "rewrite/scrub_bundle.h"
#include "screen/apart.h"
#include "screen/out.h"
#include "places/open_bundle.h"
#include "verbs/verbs.h"

#define BUNDLES_MAX 64
#define SUFFIX      ".scrubbed" CRUMPLE_BUNDLE_SUFFIX

struct settings {
    struct scrub_wish wish;
    const char *output, *dir;
};

static const struct options_row options[] = {
    {'o', "output", "PATH",
     "Write to the directory or the new file PATH; '-' writes to stdout. Default: the current directory.",
     options_read_string, offsetof(struct settings, output)},
    {0, "no-core", NULL, "Leave the core out.", options_read_flag, offsetof(struct settings, wish.no_core)},
    {0, "keep-logs", NULL,
     "Keep lines of log files, texts of events, the program's output, and what Go's runtime printed.",
     options_read_flag, offsetof(struct settings, wish.keep_logs)},
    {0, "dir", "DIR", "Look for the crash in DIR instead of the crash directory.", options_read_string,
     offsetof(struct settings, dir)},
    {0, NULL, NULL, NULL, NULL, 0},
};

/* Where the results go. */
struct target {
    char folder[PATH_MAX]; /* "": stdout */
    const char *name;      /* of the one file; NULL: by the names of the bundles */
};

static int choose_target(const char *output, size_t count, struct target *ret_target)
{
    struct stat status;
    const char *path = output ? output : ".", *slash = strrchr(path, '/');
    const bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);

    *ret_target = (struct target){.name = is_folder ? NULL : slash ? slash + 1 : path};
    if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO)) {
        say("refusing to write a bundle to a terminal; name a file or redirect stdout");
        return VERB_USAGE;
    }
    if (!is_folder && count > 1) {
        say("'%s' is no directory, and there are %zu bundles; see 'crumple scrub --help'", path, count);
        return VERB_USAGE;
    }
    if (strcmp(path, "-") == 0)
        return VERB_OK;
    const int length = is_folder ? (int)strlen(path) : slash ? (int)(slash - path + 1) : 0;
    if (snprintf(ret_target->folder, sizeof ret_target->folder, "%.*s%s", length, path,
                 length == 0               ? "./"
                 : path[length - 1] == '/' ? ""
                                           : "/") >= (int)sizeof ret_target->folder) {
        say("'%s' is too long a path", path);
        return VERB_USAGE;
    }
    return VERB_OK;
}

/* The name of a scrubbed bundle, to be freed. NULL: there is none, or memory is short. */
static char *name_of(const struct target *target, const struct show_bundle *bundle)
{
    const char *base = text_base_name(bundle->path);
    const size_t length = strlen(base), suffix = strlen(CRUMPLE_BUNDLE_SUFFIX);
    char *name;

    if (target->name)
        return strdup(target->name);
    if (strcmp(bundle->path, "-") == 0)
        return NULL;
    const bool is_bundle = length > suffix && strcmp(base + length - suffix, CRUMPLE_BUNDLE_SUFFIX) == 0;
    if (asprintf(&name, "%.*s" SUFFIX, (int)(is_bundle ? length - suffix : length), base) < 0)
        return NULL;
    return name;
}

/* Says what went wrong. */
static int conclude(const struct show_bundle *bundle, const char *to, int error, const char *reason)
{
    if (error == 0)
        return VERB_OK;
    if (error == -EEXIST)
        say("'%s' exists; nothing was written", to);
    else if (error == -EBADMSG || error == -EFBIG)
        say("'%s' is damaged: %s; nothing was written", bundle->path,
            reason ? reason : bundle_reason(bundle->reader));
    else
        say("cannot write '%s': %s; nothing was written", to, strerror(-error));
    return error == -EPIPE ? VERB_OK : VERB_DAMAGED;
}

struct work {
    const struct settings *settings;
    struct show_bundle *bundle;
    const char *to; /* in messages */
    int fd;
};

/* In a child: it reads the bundle, and can write nothing but what is open. */
static int fill(void *context)
{
    const struct work *work = context;
    struct show_bundle *bundle = work->bundle;
    const char *reason = NULL;

    confine_to_showing(false, NULL, NULL, 0);
    int status = show_read(bundle);
    if (status != VERB_OK)
        return status;
    int error = scrub_bundle(bundle->reader, bundle->report, &work->settings->wish, work->fd, &reason);
    if (close(work->fd) < 0 && !error)
        error = -errno;
    return conclude(bundle, work->to, error, reason);
}

/* It gets its name when it is whole. */
static int write_file(const struct settings *settings, struct show_bundle *bundle, const char *path)
{
    struct work work = {settings, bundle, path, -1};
    char *made;

    if (asprintf(&made, "%s.XXXXXX", path) < 0)
        return conclude(bundle, path, -ENOMEM, NULL);
    work.fd = mkostemp(made, O_CLOEXEC);
    int status = work.fd < 0 ? conclude(bundle, path, -errno, NULL) : apart_run(fill, &work);
    const int error = status == VERB_OK ? rename_new(AT_FDCWD, made, path) : 0;
    if (work.fd >= 0 && (status != VERB_OK || error))
        unlink(made);
    if (work.fd >= 0)
        close(work.fd);
    free(made);
    if (status == VERB_OK && !error)
        puts(path);
    return error ? conclude(bundle, path, error, NULL) : status;
}

static int scrub(const struct settings *settings, const struct target *target, struct show_bundle *bundle)
{
    char path[2 * PATH_MAX], *name;

    if (!target->folder[0])
        return apart_run(
            fill, &(struct work){settings, bundle, "stdout", fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)});
    name = name_of(target, bundle);
    if (!name) {
        say("a bundle from stdin needs '--output FILE'");
        return VERB_USAGE;
    }
    snprintf(path, sizeof path, "%s%s", target->folder, name);
    free(name);
    return write_file(settings, bundle, path);
}

static int scrub_all(const struct settings *settings, const struct target *target,
                     struct show_bundle *bundles, size_t count)
{
    int status = VERB_OK;

    for (size_t i = 0; i < count; i++) {
        int of_one = scrub(settings, target, &bundles[i]);
        status = of_one == VERB_OK ? status : of_one;
    }
    return status;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    char *dir = (char *)settings->dir;
    const struct show_places places = {.operands = {.words = &dir, .count = dir ? 1 : 0}};
    struct show_bundle bundles[BUNDLES_MAX];
    struct target target;
    size_t count = 0;

    if (operands->count == 0) {
        say("which bundle? 'crumple scrub last' takes the newest");
        return VERB_USAGE;
    }
    int status = choose_target(settings->output, operands->count, &target);
    if (status != VERB_OK)
        return status;
    for (; count < operands->count && status == VERB_OK; count++)
        status = show_find(operands->words[count], &places, &bundles[count]);
    if (status == VERB_OK)
        status = scrub_all(settings, &target, bundles, count);
    for (size_t i = 0; i < count; i++)
        show_unload(&bundles[i]);
    return status;
}

const struct verb verbs_scrub_verb = {
    .name = "scrub",
    .operands = "BUNDLE...",
    .summary = "copies of bundles without what may be secret",
    .about =
        "Writes NAME" SUFFIX
        " for each BUNDLE, whose words are those of 'crumple show', and prints its path. "
        "Out go: the secrets of secrets.json, arguments, lines of logs and output, texts of events, report.txt, vector registers, and of memory and registers all but addresses. "
        "What stays is enough for 'crumple show' and for the stacks in gdb. "
        "Values that the program gave a name (tags, watched variables) and the message that it died with stay: SECURITY.md has the list. "
        "The same bundle makes the same bytes.",
    .examples =
        (const struct verb_example[]){
            {"crumple scrub last", "the newest crash, into the current directory"},
            {"crumple scrub -o /tmp/out 20261120T18 7418", "two crashes, into a directory"},
            {"crumple scrub -o - last | ssh other 'cat >crash.tar.zst'", "to another machine"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "Each bundle was scrubbed."},
            {VERB_NOTHING, "No bundle matched."},
            {VERB_USAGE, "Wrong usage, or more than one bundle matched."},
            {VERB_DAMAGED, "A bundle is unreadable or damaged, or cannot be written; the others were."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = BUNDLES_MAX,
    .run = run,
};
