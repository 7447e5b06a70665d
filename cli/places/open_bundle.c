/* SPDX-License-Identifier: MIT */
/* Finding and loading the bundle that show shows: see places/open_bundle.h. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crumple_format.h"
#include "base/confine.h"
#include "places/directory.h"
#include "lookup/fetch.h"
#include "read/build_id.h"
#include "read/report.h"
#include "read/resolve.h"
#include "screen/out.h"
#include "places/open_bundle.h"
#include "places/show_search.h"
#include "screen/verb.h"

static int say_unresolved(const char *word, const struct directories *places, int error, const char *found)
{
    char more[48] = "";

    if (places->count > 1)
        snprintf(more, sizeof more, " and %zu more", places->count - 1);
    switch (error) {
    case -ENOENT:
        if (strcmp(word, "last") == 0 || word[0] == '-')
            say("no such bundle in '%s'%s", places->items[0].path, more);
        else
            say("no bundle '%s' in '%s'%s", word, places->items[0].path, more);
        directory_say_elsewhere(&places->items[0]);
        return VERB_NOTHING;
    case -ENOTUNIQ:
        say("'%s' is the beginning of more than one id: %s", word, found);
        return VERB_USAGE;
    case -EINPROGRESS:
        say("'%s' is pending: finish it with 'crumple collect'", found);
        return VERB_DAMAGED;
    default:
        return directory_failed(&places->items[0], error);
    }
}

/* Find the bundle's path below the places. Returns VERB_OK or the exit status. */
static int resolve_in(const char *word, struct directories *places, const struct rows_filter *filter,
                      struct show_bundle *bundle)
{
    const char *paths[CONFINE_PATHS_MAX];
    size_t passed;

    for (size_t i = 0; i < places->count; i++) {
        paths[i] = places->items[i].path;
        if (access(paths[i], F_OK) < 0)
            return directory_failed(&places->items[i], -errno);
    }
    if (filter && rows_filter_picks(filter))
        return show_search(word, filter, places, &bundle->path, &bundle->group);
    int error =
        resolve_bundle(word, paths, places->count, directory_trouble, places->items, &bundle->path, &passed);
    if (error == -ENOENT && show_search_is_group(word))
        return show_search(word, filter, places, &bundle->path, &bundle->group);
    const int status = error < 0 ? say_unresolved(word, places, error, bundle->path) : VERB_OK;
    if (passed > 0)
        say("%zu newer one%s pending; finish with 'crumple collect %s'", passed,
            passed == 1 ? " is" : "s are", places->items[0].path);
    return status;
}

/* Find the bundle's path. Returns VERB_OK or the exit status. */
static int resolve(const char *word, const struct show_places *places, struct show_bundle *bundle)
{
    struct directories directories = {0};
    int status = VERB_OK;

    if (strcmp(word, "-") == 0) {
        bundle->path = strdup("-");
        return bundle->path ? VERB_OK : directory_failed(&(struct directory){0}, -ENOMEM);
    }
    if (!resolve_is_path(word)) /* which needs no crash directory */
        status = directories_choose(&places->operands, &directories);
    if (status == VERB_OK)
        status = resolve_in(word, &directories, places->filter, bundle);
    directories_clear(&directories);
    return status;
}

static void say_unopened(const char *path, int error)
{
    struct stat st;

    if (error == EINVAL && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        say("'%s' is a directory; 'crumple list %s' lists the bundles in it", path, path);
    else
        say("cannot read '%s': %s%s", path, error == EINVAL ? "not a regular file" : strerror(error),
            error == EACCES ? "; a bundle is for root and for the user whose server it was" : "");
}

static int open_bundle(struct show_bundle *bundle)
{
    if (strcmp(bundle->path, "-") == 0) {
        if (isatty(STDIN_FILENO)) {
            say("refusing to read a bundle from a terminal");
            return VERB_USAGE;
        }
        bundle->fd = dup(STDIN_FILENO);
    } else {
        bundle->fd = find_open_regular(bundle->path, 0);
    }
    if (bundle->fd >= 0)
        return VERB_OK;
    say_unopened(bundle->path, bundle->fd == -1 ? errno : -bundle->fd);
    return VERB_DAMAGED;
}

int show_read(struct show_bundle *bundle)
{
    char reason[REPORT_REASON_BYTES] = "";
    const char *text;
    size_t len;
    bool complete;
    int error = bundle_open(bundle->fd, &bundle->reader);
    if (error == 0)
        error = bundle_read_report(bundle->reader, SIZE_MAX, &text, &len, &complete);
    if (error < 0) {
        say("'%s' is damaged: %s", bundle->path, bundle_reason(bundle->reader));
        return VERB_DAMAGED;
    }
    error = report_parse(text, len, &bundle->report, reason);
    if (error < 0) {
        say(error == -EPROTO ? "cannot read '%s': %s" : "'%s' is damaged: %s", bundle->path, reason);
        return VERB_DAMAGED;
    }
    return VERB_OK;
}

int show_find(const char *word, const struct show_places *places, struct show_bundle *ret_bundle)
{
    *ret_bundle = (struct show_bundle){.fd = -1};
    int status = resolve(word, places, ret_bundle);
    return status == VERB_OK ? open_bundle(ret_bundle) : status;
}

/* The bundle is read twice. */
static int fetch_files(struct show_bundle *bundle, struct sources *sources)
{
    int fd = fetch_rewindable(bundle->fd);

    if (fd < 0) {
        say("cannot read '%s': %s", bundle->path, strerror(-fd));
        return VERB_DAMAGED;
    }
    bundle->fd = fd;
    fetch_debug_files(fd, sources);
    return VERB_OK;
}

/* A file that is not the one that crashed is of no use: the modules' own paths are what remains. */
static void say_exe(const struct show_bundle *bundle, const struct sources *sources)
{
    const char *wanted = report_string(bundle->report, "build_id");
    char found[ELF_ID_BYTES];
    int error = elf_id_read(sources->exe, found);

    if (error < 0 && error != -ENODATA)
        say("cannot read '%s': %s", sources->exe, error == -EINVAL ? "not a regular file" : strerror(-error));
    else if (!wanted)
        say("'%s' is not used: the report does not say which build crashed", sources->exe);
    else if (error < 0 || strcmp(found, wanted) != 0)
        say("'%s' is not used, because it is not the executable that crashed: its build-id is %s, not %s",
            sources->exe, error < 0 ? "none" : found, wanted);
}

int show_load(const char *word, const struct show_places *places, const struct show_purpose *purpose,
              struct show_bundle *ret_bundle)
{
    int status = show_find(word, places, ret_bundle);
    if (status != VERB_OK)
        return status;
    struct sources none = {.exe = NULL},
                   *sources = purpose->modules && purpose->sources ? purpose->sources : &none;
    const char *paths[SOURCES_PATHS_MAX];

    if (sources->debuginfod && (status = fetch_files(ret_bundle, sources)) != VERB_OK)
        return status;
    confine_to_showing(purpose->modules, NULL, paths, sources_paths(sources, paths));
    status = show_read(ret_bundle);
    if (status == VERB_OK && sources->exe)
        say_exe(ret_bundle, sources);
    return status;
}

void show_unload(struct show_bundle *bundle)
{
    json_decref(bundle->report);
    json_decref(bundle->group);
    bundle_close(bundle->reader);
    if (bundle->fd >= 0)
        close(bundle->fd);
    free(bundle->path);
}

const char *show_why_no_values(const json_t *report)
{
    static const char *const reasons[] = {CRUMPLE_NOT_DUMPABLE, CRUMPLE_STACK_NONE_WORDS,
                                          CRUMPLE_STACK_SCRUBBED_WORDS};
    const json_t *errors = json_object_get(report, "soft_errors"), *error;
    size_t i;

    if (strcmp(report_string(report, "event"), "died") == 0)
        return CRUMPLE_SEEN_FROM_OUTSIDE;
    if (strcmp(report_string(report, "event"), "logged") == 0)
        return CRUMPLE_ONLY_LOGGED;
    if (report_is_true(report, "scrubbed"))
        return "it was scrubbed";
    json_array_foreach(errors, i, error)
    {
        const char *text = json_string_value(error);

        for (size_t k = 0; text && k < sizeof reasons / sizeof reasons[0]; k++)
            if (strncmp(text, reasons[k], strlen(reasons[k])) == 0)
                return reasons[k];
    }
    return NULL;
}

int show_core_status(const struct show_bundle *bundle, const char *to, int error)
{
    if (error == 0)
        return VERB_OK;
    const char *why = error == -ENODATA ? show_why_no_values(bundle->report) : NULL;
    if (why)
        say("'%s' holds no core: %s; nothing was written", bundle->path, why);
    else if (error == -ENODATA)
        say("'%s' holds no core; nothing was written", bundle->path);
    else if (error == -EBADMSG)
        say("'%s' is damaged: %s; no core was written", bundle->path, bundle_reason(bundle->reader));
    else if (error != -EPIPE)
        say("cannot write '%s': %s; no core was written", to, strerror(-error));
    return error == -EPIPE ? VERB_OK : VERB_DAMAGED;
}
